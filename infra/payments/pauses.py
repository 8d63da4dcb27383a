"""Stopping new payments at a gateway whose credentials do not work, and taking them up again."""

from typing import Final

import structlog
from sqlmodel import Session, col, select

from infra.database import unit_of_work
from infra.gateway import Evidence
from infra.wiring import Ports
from models.errors import MissingError, RuleError
from models.history import Act
from models.payments.evidence import EvidenceOutcome
from models.payments.gateway_pause import GatewayPause

_NOTHING_HEARD: Final = frozenset({EvidenceOutcome.TRANSPORT_ERROR, EvidenceOutcome.NOT_SENT})
_log = structlog.get_logger()


class PaymentsPausedError(RuleError):
    """The gateway takes no new payments now; nothing is lost, and the order stays open."""


def is_paused(session: Session, gateway: str) -> bool:
    return open_pause(session, gateway) is not None


def refuse_while_paused(session: Session, gateway: str) -> None:
    if is_paused(session, gateway):
        raise PaymentsPausedError(f"payments through {gateway} are paused; try again later")


def pause(session: Session, gateway: str, *, reason: str, act: Act) -> bool:
    """Whether it was running until now."""
    if open_pause(session, gateway) is not None:
        return False
    session.add(
        GatewayPause(
            created_at=act.at, gateway=gateway, reason=reason, paused_by=act.actor, evidence_id=act.evidence_id
        )
    )
    return True


def pause_if_credentials_refused(session: Session, gateway: str, evidence: Evidence, *, act: Act) -> None:
    """Where our own name or password is refused (expired, most often), no payer is sent.

    The first answer that is one lifts it again, but not what staff have stopped. Only an inquiry over verified TLS
    comes here: what a browser brings pauses nothing.
    """
    if evidence.outcome is EvidenceOutcome.CONFIG_ERROR:
        if pause(session, gateway, reason=evidence.result_text, act=act):
            _log.error("payments_paused", gateway=gateway, reason=evidence.result_text)
    elif evidence.outcome not in _NOTHING_HEARD:
        paused = open_pause(session, gateway)
        if paused is not None and paused.evidence_id is not None and lift(session, gateway, act=act):
            _log.warning("payments_resumed", gateway=gateway)


def lift(session: Session, gateway: str, *, act: Act) -> bool:
    """Whether it was paused until now."""
    paused = open_pause(session, gateway)
    if paused is None:
        return False
    paused.lifted_at, paused.lifted_by, paused.lifted_because = act.at, act.actor, act.reason
    return True


def pause_by_staff(ports: Ports, gateway: str, *, actor: str, reason: str) -> bool:
    """Stop new payments by hand; those under way are asked about all the same."""
    known_gateway(ports, gateway)
    with unit_of_work(ports.engine) as session:
        return pause(session, gateway, reason=reason, act=Act(actor=actor, at=ports.now()))


def lift_by_staff(ports: Ports, gateway: str, *, actor: str, reason: str) -> bool:
    known_gateway(ports, gateway)
    with unit_of_work(ports.engine) as session:
        return lift(session, gateway, act=Act(actor=actor, at=ports.now(), reason=reason))


def known_gateway(ports: Ports, name: str) -> None:
    """MissingError for a gateway that this installation does not have."""
    try:
        ports.gateway_named(name)
    except KeyError:
        there_are = ", ".join(each.name for each in (ports.gateway, *ports.other_gateways))
        raise MissingError("payment gateway", name, remedy=f"there are: {there_are}") from None


def open_pause(session: Session, gateway: str) -> GatewayPause | None:
    query = select(GatewayPause).where(col(GatewayPause.gateway) == gateway, col(GatewayPause.lifted_at).is_(None))
    return session.exec(query).first()

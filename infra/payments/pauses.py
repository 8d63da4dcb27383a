"""Stopping new payments at a gateway whose credentials do not work, and taking them up again."""

from sqlmodel import Session, col, select

from infra.database import unit_of_work
from infra.wiring import Ports
from models.errors import MissingError, RuleError
from models.history import Act
from models.payments.gateway_pause import GatewayPause


class PaymentsPausedError(RuleError):
    """The gateway takes no new payments now; nothing is lost, and the order stays open."""


def refuse_while_paused(session: Session, gateway: str) -> None:
    if _open_pause(session, gateway) is not None:
        raise PaymentsPausedError(f"payments through {gateway} are paused; try again later")


def pause(session: Session, gateway: str, *, reason: str, act: Act) -> bool:
    """Whether it was running until now."""
    if _open_pause(session, gateway) is not None:
        return False
    session.add(
        GatewayPause(
            created_at=act.at, gateway=gateway, reason=reason, paused_by=act.actor, evidence_id=act.evidence_id
        )
    )
    return True


def lift(session: Session, gateway: str, *, act: Act) -> bool:
    """Whether it was paused until now."""
    paused = _open_pause(session, gateway)
    if paused is None:
        return False
    paused.lifted_at, paused.lifted_by = act.at, act.actor
    return True


def pause_by_staff(ports: Ports, gateway: str, *, actor: str, reason: str) -> bool:
    """Stop new payments by hand; those under way are asked about all the same."""
    known_gateway(ports, gateway)
    with unit_of_work(ports.engine) as session:
        return pause(session, gateway, reason=reason, act=Act(actor=actor, at=ports.now()))


def lift_by_staff(ports: Ports, gateway: str, *, actor: str) -> bool:
    known_gateway(ports, gateway)
    with unit_of_work(ports.engine) as session:
        return lift(session, gateway, act=Act(actor=actor, at=ports.now()))


def known_gateway(ports: Ports, name: str) -> None:
    """MissingError for a gateway that this installation does not have."""
    try:
        ports.gateway_named(name)
    except KeyError:
        raise MissingError("payment gateway", name) from None


def _open_pause(session: Session, gateway: str) -> GatewayPause | None:
    query = select(GatewayPause).where(col(GatewayPause.gateway) == gateway, col(GatewayPause.lifted_at).is_(None))
    return session.exec(query).first()

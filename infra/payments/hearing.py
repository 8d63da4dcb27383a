"""What gateways and payers bring us unasked: kept as evidence, and a reason to ask; it decides nothing."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import Evidence
from infra.gateway.trackid import TRACKID
from infra.payments.evidence_box import is_one_too_many, keep_evidence
from infra.payments.following import follow
from infra.payments.starting import another_is_live, live_attempt
from infra.wiring import Ports
from models.errors import MissingError
from models.history import Act
from models.payments.attempt import LIVE, AttemptState, PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.decision import Answer, Effect, decide
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.order import PaymentOrder

GATEWAY_ACTOR = "gateway"
_log = structlog.get_logger()
_SOON = timedelta(seconds=10)
_HEARD = frozenset({AttemptState.VERIFYING, AttemptState.CAPTURED_UNCONFIRMED, AttemptState.UNKNOWN})


def hear(
    ports: Ports, evidence: Evidence, *, kind: EvidenceKind, raw: bytes, now: datetime, gateway: str | None = None
) -> PaymentAttempt | None:
    """Keep what the gateway or the payer's browser brought, and have the attempt asked about.

    Returns the attempt, or None when none has this track id: a notice is then kept as evidence and changes nothing,
    what a browser brought is not kept. The same message twice is kept once and has one effect. Of what neither came
    under a gateway's key nor names a payment of ours, only so much is kept as nobody can fill the database with.
    """
    name = gateway or ports.gateway.name
    terms = ports.terms_of(name)
    with unit_of_work(ports.engine) as session:
        attempt = _locked_attempt(session, name, evidence.trackid)
        if attempt is None and kind is EvidenceKind.ERROR_RETURN:
            return None
        placed = attempt is not None or evidence.under_key
        if not placed and is_one_too_many(session, gateway=name, raw=raw, now=now):
            _log.warning("notice_not_kept", gateway=name, size=len(raw))
            return None
        kept = keep_evidence(session, evidence, kind=kind, raw=raw, now=now, gateway=name, attempt=attempt)
        if attempt is None or kept is None:
            return attempt
        _take_notice(session, attempt, evidence, kept, terms=terms)
        return attempt


def _take_notice(
    session: Session, attempt: PaymentAttempt, evidence: Evidence, kept: GatewayEvidence, *, terms: PaymentTerms
) -> None:
    """A newer notice of a capture asks for an acknowledgement of its own."""
    now = kept.received_at
    answer = Answer(kind=kept.kind, outcome=kept.outcome, trackid=evidence.trackid, amount_fils=None, asked_at=now)
    decision = decide(attempt, answer, now=now, terms=terms)
    heard_before = attempt.state in _HEARD
    if decision.event is not None and not another_is_live(session, attempt):  # else it is asked about as it stands
        act = Act(actor=GATEWAY_ACTOR, at=now, evidence_id=kept.id)
        session.add(attempt.apply(decision.event, act))
        follow(session, fetch(session, PaymentOrder, attempt.order_id), act=act)
    if kept.kind is EvidenceKind.CALLBACK:
        if kept.outcome is EvidenceOutcome.CAPTURED:
            attempt.acknowledged_at, attempt.returned_at = now, None
        attempt.cancel_heard = attempt.cancel_heard or kept.outcome is EvidenceOutcome.CANCELLED
        due = now + (terms.confirm_after if terms.gateway_reverses else timedelta(0))
        waiting = attempt.next_check_at if heard_before else None
        attempt.next_check_at = min(due, waiting) if waiting else due  # a further notice puts no question off
    elif Effect.ASK in decision.effects:
        _ask_soon(attempt, now=now)


def payer_returned(ports: Ports, return_token: UUID, *, now: datetime) -> PaymentAttempt:
    """The payer came back to the address that stood only in our acknowledgement; MissingError when it is nobody's.

    The gateway has therefore read the acknowledgement, so an inquiry about the capture from now on is final. After any
    other notice it is only a reason to ask; so it is when the capture was not the first: an earlier acknowledgement
    may have brought the payer here, whose page renews itself.
    """
    with unit_of_work(ports.engine) as session:
        attempt = _attempt_of_token(session, return_token)
        if attempt.returned_at is not None or attempt.state not in LIVE:
            return attempt
        notices = all_of(session, GatewayEvidence, attempt_id=attempt.id, kind=EvidenceKind.CALLBACK)
        if attempt.acknowledged_at is not None and len(notices) == 1:
            attempt.returned_at = now
            attempt.next_check_at = now
        else:
            _ask_soon(attempt, now=now)
        return attempt


def ask_about_order(ports: Ports, order_id: UUID, *, now: datetime) -> None:
    """Somebody looks at the order: its open attempt is asked about at once, at most every ten seconds."""
    with unit_of_work(ports.engine) as session:
        found = live_attempt(session, locked(session, PaymentOrder, order_id))
        if found is not None:
            _ask_soon(locked(session, PaymentAttempt, found.id), now=now)


def _ask_soon(attempt: PaymentAttempt, *, now: datetime) -> None:
    """A page that is loaded again and again asks no more often than this."""
    lately = attempt.asked_at is not None and now - _SOON < attempt.asked_at <= now
    if not lately and (attempt.next_check_at is None or attempt.next_check_at > now):
        attempt.next_check_at = now


def _attempt_of_token(session: Session, return_token: UUID) -> PaymentAttempt:
    query = select(PaymentAttempt).where(col(PaymentAttempt.return_token) == return_token)
    attempt = session.exec(query).first()
    if attempt is None:
        raise MissingError("payment attempt", "with this address")
    locked(session, PaymentOrder, attempt.order_id)
    return locked(session, PaymentAttempt, attempt.id)


def _locked_attempt(session: Session, gateway: str, trackid: str) -> PaymentAttempt | None:
    """By its track id, under the lock of its order, which is taken first everywhere."""
    if TRACKID.fullmatch(trackid) is None:
        return None
    found = all_of(session, PaymentAttempt, gateway=gateway, trackid=trackid)
    if not found:
        return None
    locked(session, PaymentOrder, found[0].order_id)
    return locked(session, PaymentAttempt, found[0].id)

"""The payment conversation: sending the payer to the gateway, and keeping what it and the payer say."""

import hashlib
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import Evidence, PaymentRequest
from infra.gateway.trackid import TRACKID, new_trackid
from infra.payments.orders import wake
from infra.wiring import Ports
from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.case import Case
from models.errors import MissingError, RuleError
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.history import Act
from models.money import Money
from models.payments.order import OrderEvent, OrderLine, OrderStatus, PaymentOrder
from models.payments.decision import CHECKS

GATEWAY_ACTOR = "gateway"
PAYER_ACTOR = "payer"
_SOON = timedelta(seconds=10)
_REDIRECTABLE = frozenset({AttemptState.CREATED, AttemptState.REDIRECTED})


class PaymentInProgressError(RuleError):
    """An attempt of this order is not settled; a second one could take the money twice."""


class NotPayableError(RuleError):
    """The order is paid, expired, cancelled or under review."""


def start_payment(ports: Ports, order_id: UUID, *, now: datetime) -> str:
    """The gateway address to send the payer to.

    One live attempt per order: a second click, or coming back while the page is open, leads to the same attempt.
    Raises PaymentInProgressError while an attempt is being verified, NotPayableError when nothing is to be paid.
    """
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, order_id)
        attempt = live_attempt(session, order)
        if attempt is None:
            attempt = _open_attempt(session, order, ports=ports, now=now)
        elif attempt.state not in _REDIRECTABLE or attempt.page_expires_at <= now:
            raise PaymentInProgressError("the last attempt to pay is still being verified")
        request = payment_request(session, attempt, ports=ports)
    return ports.gateway.prepare(request)


def _open_attempt(session: Session, order: PaymentOrder, *, ports: Ports, now: datetime) -> PaymentAttempt:
    if order.status is not OrderStatus.OPEN or order.expires_at <= now:
        raise NotPayableError(f"the order is {order.status}")
    act = Act(actor=PAYER_ACTOR, at=now)
    attempt = PaymentAttempt(
        created_at=now,
        order_id=order.id,
        gateway=ports.gateway.name,
        trackid=new_trackid(),
        amount_fils=order.amount_fils,
        page_expires_at=now + ports.terms.page_ttl,
    )
    attempt.next_check_at = now + CHECKS[0]
    session.add_all([order.apply(OrderEvent.START, act), attempt])
    session.flush()
    session.add(attempt.apply(AttemptEvent.REDIRECT, act))
    session.add(wake(first_case(session, order.id), now=now, due_at=attempt.next_check_at))
    return attempt


def live_attempt(session: Session, order: PaymentOrder) -> PaymentAttempt | None:
    query = select(PaymentAttempt).where(col(PaymentAttempt.order_id) == order.id, col(PaymentAttempt.state).in_(LIVE))
    return session.exec(query).first()


def first_case(session: Session, order_id: UUID) -> Case:
    """The case whose run asks the gateway for the whole order."""
    line = all_of(session, OrderLine, order_id=order_id)[0]
    return fetch(session, Case, line.case_id)


def payment_request(session: Session, attempt: PaymentAttempt, *, ports: Ports) -> PaymentRequest:
    case = first_case(session, attempt.order_id)
    base = ports.settings.public_url
    return PaymentRequest(
        trackid=attempt.trackid,
        amount=Money(attempt.amount_fils),
        language=case.language,
        response_url=f"{base}/knet/response",
        error_url=f"{base}/knet/error",
        case_reference=case.reference,
    )


def hear(ports: Ports, evidence: Evidence, *, kind: EvidenceKind, raw: bytes, now: datetime) -> PaymentAttempt | None:
    """Keep what the gateway or the payer's browser brought, and have the attempt asked about.

    Returns the attempt, or None when none has this track id: a notice is then kept as evidence and changes nothing,
    what a browser brought is not kept. The same message twice is kept once and has one effect.
    """
    with unit_of_work(ports.engine) as session:
        attempt = _locked_attempt(session, ports.gateway.name, evidence.trackid)
        if attempt is None and kind is EvidenceKind.ERROR_RETURN:
            return None
        kept = keep_evidence(
            session, evidence, kind=kind, raw=raw, now=now, gateway=ports.gateway.name, attempt=attempt
        )
        if attempt is None or kept is None:
            return attempt
        if kind is EvidenceKind.CALLBACK:
            _mark_heard(session, attempt, kept, now=now)
            attempt.next_check_at = now + ports.terms.confirm_after
        else:
            attempt.next_check_at = now
        session.add(wake(first_case(session, attempt.order_id), now=now, due_at=attempt.next_check_at))
        return attempt


def _mark_heard(session: Session, attempt: PaymentAttempt, kept: GatewayEvidence, *, now: datetime) -> None:
    """Only the gateway's own notice counts. A newer notice of a capture asks for an acknowledgement of its own."""
    if ATTEMPT.allows(attempt.state, AttemptEvent.HEAR) and not _another_is_live(session, attempt):
        session.add(attempt.apply(AttemptEvent.HEAR, Act(actor=GATEWAY_ACTOR, at=now, evidence_id=kept.id)))
    if kept.outcome is EvidenceOutcome.CAPTURED:
        attempt.acknowledged_at, attempt.returned_at = now, None
    attempt.cancel_heard = attempt.cancel_heard or kept.outcome is EvidenceOutcome.CANCELLED


def payer_returned(ports: Ports, return_token: UUID, *, now: datetime) -> PaymentAttempt:
    """The payer came back to the address that stood only in our acknowledgement; MissingError when it is nobody's.

    KNET has therefore read the acknowledgement, so an inquiry about the capture from now on is final. After any other
    notice it is only a reason to ask.
    """
    with unit_of_work(ports.engine) as session:
        attempt = _attempt_of_token(session, return_token)
        if attempt.returned_at is not None or attempt.state not in LIVE:
            return attempt
        if attempt.acknowledged_at is not None:
            attempt.returned_at = now
        elif attempt.next_check_at is not None and attempt.next_check_at <= now + _SOON:
            return attempt  # a page that is loaded again and again asks no more often than this
        attempt.next_check_at = now
        session.add(wake(first_case(session, attempt.order_id), now=now))
        return attempt


def _attempt_of_token(session: Session, return_token: UUID) -> PaymentAttempt:
    query = select(PaymentAttempt).where(col(PaymentAttempt.return_token) == return_token).with_for_update()
    attempt = session.exec(query).first()
    if attempt is None:
        raise MissingError("payment attempt", "with this address")
    return attempt


def _another_is_live(session: Session, attempt: PaymentAttempt) -> bool:
    """Then late news of this one, which is settled, is asked about without making it live again."""
    other = live_attempt(session, fetch(session, PaymentOrder, attempt.order_id))
    return other is not None and other.id != attempt.id


def _locked_attempt(session: Session, gateway: str, trackid: str) -> PaymentAttempt | None:
    """By its track id, under the lock of its order, which is taken first everywhere."""
    if TRACKID.fullmatch(trackid) is None:
        return None
    found = all_of(session, PaymentAttempt, gateway=gateway, trackid=trackid)
    if not found:
        return None
    locked(session, PaymentOrder, found[0].order_id)
    return locked(session, PaymentAttempt, found[0].id)


def keep_evidence(
    session: Session,
    evidence: Evidence,
    *,
    kind: EvidenceKind,
    raw: bytes,
    now: datetime,
    gateway: str,
    attempt: PaymentAttempt | None,
) -> GatewayEvidence | None:
    """Store the answer as it came; None when this very message was kept before. An inquiry is always new."""
    digest = hashlib.sha256(b"|".join([kind.value.encode(), raw])).hexdigest()
    if kind is EvidenceKind.INQUIRY:
        digest = uuid4().hex
    row = GatewayEvidence(
        created_at=now,
        received_at=now,
        gateway=gateway,
        kind=kind,
        outcome=evidence.outcome,
        attempt_id=attempt.id if attempt else None,
        fields=dict(evidence.fields),
        raw=raw,
        digest=digest,
    )
    write = insert(GatewayEvidence).values(row.model_dump()).on_conflict_do_nothing().returning(col(GatewayEvidence.id))
    return row if session.connection().execute(write).first() else None

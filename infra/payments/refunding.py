"""Sending refunds: asked for in the database first, sent once, and recorded by what the gateway said."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import Evidence, PaymentGateway, RefundRequest
from infra.payments.booking import book_refund, left_fils, unbook_refund
from infra.payments.evidence_box import keep_evidence
from infra.payments.following import follow
from infra.payments.reviews import close_healed, open_review
from infra.wiring import Ports
from models.history import Act
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.ledger import LedgerEntry
from models.payments.order import PaymentOrder
from models.payments.refund import REFUND, Refund, RefundEvent, RefundState
from models.payments.review import ReviewKind

LEASE: Final = timedelta(minutes=3)
"""Longer than any call takes. A refund that was sent and not answered within it is one whose fate is not known."""

_AGAIN: Final = timedelta(minutes=5)
_IN_FLIGHT: Final = frozenset({RefundState.SUBMITTING, RefundState.UNKNOWN})
_O, _E, _S = EvidenceOutcome, RefundEvent, RefundState
_log = structlog.get_logger()


def send_refund(ports: Ports, refund_id: UUID, *, actor: str) -> RefundState:
    """Carry one refund as far as it can go now.

    A gateway that does not know repeats gets one request for each refund, ever: whoever dies after the request leaves
    a refund that is not known, never one that is sent again. Safe to repeat.
    """
    with unit_of_work(ports.engine) as session:
        order, refund = _held(session, refund_id)
        gateway = _gateway(ports, session, refund)
        asking = _next_question(session, refund, gateway, act=Act(actor=actor, at=ports.now()))
        request = _request(session, refund)
        follow(session, order, act=Act(actor=actor, at=ports.now()))
        if asking is None:
            return refund.state
    evidence = gateway.lookup_refund(request) if asking == "lookup" else gateway.refund(request)
    return _record(ports, refund_id, evidence, first=asking == "send", act=Act(actor=actor, at=ports.now()))


def _next_question(session: Session, refund: Refund, gateway: PaymentGateway, *, act: Act) -> str | None:
    """`send` after the intent is written, `send again`, `lookup`, or None when nothing is to be asked now."""
    able = gateway.capabilities
    if refund.state is _S.APPROVED:
        return _first_request(session, refund, act=act)
    if refund.state not in _IN_FLIGHT or refund.submitted_at is None:
        return None
    if able.refund_lookup and refund.tranid:
        refund.due_at = act.at + _AGAIN
        return "lookup"
    again = able.refund_again_within and refund.submitted_at + able.refund_again_within > act.at
    if again and _is_there(session, refund):
        refund.due_at = act.at + LEASE
        return "send again"
    if refund.state is _S.SUBMITTING and refund.submitted_at + LEASE <= act.at:
        _lose_sight(session, refund, act=act)
    elif refund.state is _S.UNKNOWN:
        refund.due_at = None  # asking cannot tell: the bank's file does, or two members of staff
    return None


def _first_request(session: Session, refund: Refund, *, act: Act) -> str | None:
    """`send`, unless another one of the capture is on its way, or the bank took the money back itself."""
    others = all_of(session, Refund, capture_entry_id=refund.capture_entry_id)
    if any(each.state in _IN_FLIGHT for each in others):  # two in flight could not be told apart
        refund.due_at = act.at + _AGAIN
        return None
    if not _is_there(session, refund):
        _let_be(session, refund, act=act)
        return None
    session.add(refund.apply(_E.SUBMIT, act))
    refund.submitted_at, refund.due_at = act.at, act.at + LEASE
    return "send"


def _record(ports: Ports, refund_id: UUID, evidence: Evidence, *, first: bool, act: Act) -> RefundState:
    with unit_of_work(ports.engine) as session:
        order, refund = _held(session, refund_id)
        attempt = fetch(session, PaymentAttempt, refund.attempt_id)
        row = keep_evidence(
            session,
            evidence,
            kind=EvidenceKind.REFUND_REPLY,
            raw=evidence.raw or evidence.result_text.encode(),
            now=act.at,
            gateway=attempt.gateway,
            attempt=attempt,
        )
        if row is not None:
            said = Act(actor=act.actor, at=act.at, evidence_id=row.id)
            refund.tranid = evidence.tranid or refund.tranid
            _follow_reply(session, refund, evidence, first=first, act=said)
            follow(session, order, act=said)
        return refund.state


def _follow_reply(session: Session, refund: Refund, evidence: Evidence, *, first: bool, act: Act) -> None:
    """By the state found now: the bank's file may have answered while we waited.

    Only where the first request never left our side may it count as never sent; of an earlier one nothing is known.
    """
    if evidence.outcome is _O.REFUNDED:
        succeed(session, refund, act=act)
    elif evidence.outcome is _O.DECLINED:
        reject(session, refund, act=act, note=evidence.result_text)
    elif evidence.outcome is _O.NOT_SENT and first and REFUND.allows(refund.state, _E.HAND_BACK):
        if _is_there(session, refund):
            session.add(refund.apply(_E.HAND_BACK, act))
            refund.due_at = act.at + _AGAIN
        else:
            _let_be(session, refund, act=act)
    elif evidence.outcome is _O.IN_PROGRESS:
        refund.due_at = act.at + _AGAIN
    elif refund.state is _S.SUBMITTING:
        _lose_sight(session, refund, act=act)


def succeed(session: Session, refund: Refund, *, act: Act, booked_on: datetime | None = None) -> None:
    """The money is back with the payer: booked once."""
    if not REFUND.allows(refund.state, _E.SUCCEED):
        return
    session.add(refund.apply(_E.SUCCEED, act))
    refund.due_at = None
    session.flush()
    book_refund(session, refund, booked_on=kuwait_date(booked_on or act.at), act=act)
    close_healed(session, ReviewKind.REFUND_UNKNOWN, subject=str(refund.id), act=act)


def reject(session: Session, refund: Refund, *, act: Act, note: str) -> None:
    """It was certainly not carried out: staff decide how the money is returned."""
    if not REFUND.allows(refund.state, _E.REJECT):
        return
    session.add(refund.apply(_E.REJECT, act))
    refund.due_at = None
    session.flush()
    unbook_refund(session, refund, act=act)
    close_healed(session, ReviewKind.REFUND_UNKNOWN, subject=str(refund.id), act=act)
    open_review(session, ReviewKind.REFUND_REJECTED, subject=str(refund.id), refund=refund, act=act, note=note)


def _is_there(session: Session, refund: Refund) -> bool:
    """Whether the money can still be given back: the bank may have taken it back itself meanwhile."""
    capture = fetch(session, LedgerEntry, refund.capture_entry_id)
    return left_fils(session, capture, counting=frozenset({_S.SUCCEEDED})) >= refund.amount_fils


def _let_be(session: Session, refund: Refund, *, act: Act) -> None:
    """Nothing of it was sent; about the reversal staff are asked already."""
    _log.warning("refund_needless", refund_id=str(refund.id))
    session.add(refund.apply(_E.REJECT, act))
    refund.due_at = None


def _lose_sight(session: Session, refund: Refund, *, act: Act) -> None:
    session.add(refund.apply(_E.LOSE_SIGHT, act))
    refund.due_at = act.at + _AGAIN
    _log.error("refund_unknown", refund_id=str(refund.id))
    open_review(session, ReviewKind.REFUND_UNKNOWN, subject=str(refund.id), refund=refund, act=act)


def _held(session: Session, refund_id: UUID) -> tuple[PaymentOrder, Refund]:
    found = fetch(session, Refund, refund_id)
    order = locked(session, PaymentOrder, found.order_id)
    return order, locked(session, Refund, refund_id)


def _gateway(ports: Ports, session: Session, refund: Refund) -> PaymentGateway:
    return ports.gateway_named(fetch(session, PaymentAttempt, refund.attempt_id).gateway)


def _request(session: Session, refund: Refund) -> RefundRequest:
    attempt = fetch(session, PaymentAttempt, refund.attempt_id)
    return RefundRequest(
        refund_id=refund.id,
        trackid=attempt.trackid,
        paymentid=attempt.paymentid or "",
        amount=Money(refund.amount_fils),
        refund_reference=refund.tranid or "",
    )

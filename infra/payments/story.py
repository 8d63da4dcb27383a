"""The whole story of a payment in the order of time: who and when; never a name or a message as it came."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import KUWAIT, written_day
from infra.database import all_of, fetch
from infra.payments.refund_requests import left_to_ask, refundable
from models.base import Record
from models.case import Case
from models.history import Transition
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderLine, PaymentOrder
from models.payments.refund import Refund
from models.payments.resolution import Resolution
from models.payments.review import ReviewItem
from models.payments.settlement_file import SettlementLine
from models.receipt import Receipt

_Event = tuple[datetime, str, str, str, str, str | None]  # when, kind, of what, what, by whom, why

_KINDS: Final = ("made", "evidence", "settlement", "resolution", "moved", "ledger", "receipt", "question", "closed")
_RANK: Final = {kind: rank for rank, kind in enumerate(_KINDS)}
"""Of one moment, what led to it is told first."""


def story(session: Session, order: PaymentOrder) -> dict[str, Any]:
    """The order as it stands, and all that happened to it, its attempts, its refunds and its cases."""
    lines = all_of(session, OrderLine, order_id=order.id)
    attempts = all_of(session, PaymentAttempt, order_id=order.id)
    refunds = all_of(session, Refund, order_id=order.id)
    cases = [fetch(session, Case, each.case_id) for each in lines]
    names = _names(order, [*attempts, *refunds, *cases])
    events = [
        *_moves(session, names),
        *_evidence(session, attempts),
        *_entries(session, order),
        *_questions(session, order, names),
        *_resolutions(session, [*attempts, *refunds], names),
        *_receipts(session, order),
    ]
    return {
        "order": str(order.id),
        "status": order.status.value,
        "amount": str(Money(order.amount_fils)),
        "left": _left(session, order),
        "cases": [each.reference for each in cases],
        "shares": {each.reference: str(left_to_ask(session, order, each.id)) for each in cases if order.batch_id},
        "attempts": [_attempt(each) for each in attempts],
        "refunds": [_refund(each) for each in refunds],
        "events": [_event(each) for each in sorted(events, key=lambda event: (event[0], _RANK[event[1]]))],
    }


def _left(session: Session, order: PaymentOrder) -> str | None:
    """What can still be asked back of it; None when it was never paid."""
    found = refundable(session, order)
    return str(Money(found[1])) if found else None


def _names(order: PaymentOrder, others: list[PaymentAttempt | Refund | Case]) -> dict[UUID, tuple[Record, str]]:
    names: dict[UUID, tuple[Record, str]] = {order.id: (order, "order")}
    for each in others:
        match each:
            case PaymentAttempt():
                names[each.id] = (each, each.trackid)
            case Refund():
                names[each.id] = (each, f"refund {each.id}")
            case Case():
                names[each.id] = (each, each.reference)
    return names


def _moves(session: Session, names: dict[UUID, tuple[Record, str]]) -> Iterator[_Event]:
    for record, name in names.values():
        yield record.created_at, "made", name, _made(record), _maker(record), None
        for each in all_of(session, Transition, entity=str(record.__tablename__), entity_id=record.id):
            yield each.at, "moved", name, f"{each.event}: {each.before} → {each.after}", each.actor, each.reason


def _made(record: Record) -> str:
    if isinstance(record, Refund):
        return f"{Money(record.amount_fils)} asked for: {record.reason}"
    return f"{Money(record.amount_fils)}" if isinstance(record, PaymentOrder | PaymentAttempt) else "submitted"


def _maker(record: Record) -> str:
    return record.requested_by if isinstance(record, Refund) else ""


def _evidence(session: Session, attempts: list[PaymentAttempt]) -> Iterator[_Event]:
    for attempt in attempts:
        for each in all_of(session, GatewayEvidence, attempt_id=attempt.id):
            yield each.received_at, "evidence", attempt.trackid, f"{each.kind}: {each.outcome}", each.gateway, None
        for line in all_of(session, SettlementLine, attempt_id=attempt.id):
            said = f"line {line.number} of the bank's file: {line.line_class}, posted on {written_day(line.posted_on)}"
            yield line.created_at, "settlement", attempt.trackid, said, attempt.gateway, None


def _entries(session: Session, order: PaymentOrder) -> Iterator[_Event]:
    for each in all_of(session, LedgerEntry, order_id=order.id):
        what = f"{each.kind} {Money(each.amount_fils)}: {each.debit} ← {each.credit}"
        day = f"counts for {written_day(each.booked_on)}"
        yield each.created_at, "ledger", each.gateway_ref, what, each.gateway, day


def _questions(session: Session, order: PaymentOrder, names: dict[UUID, tuple[Record, str]]) -> Iterator[_Event]:
    for each in all_of(session, ReviewItem, order_id=order.id):
        subject = each.attempt_id or each.refund_id
        name = names[subject][1] if subject in names else "order"
        yield each.created_at, "question", name, each.kind.value, "", each.note or None
        if each.resolved_at is not None:
            yield each.resolved_at, "closed", name, each.kind.value, each.resolved_by or "", each.resolution


def _resolutions(
    session: Session, subjects: list[PaymentAttempt | Refund], names: dict[UUID, tuple[Record, str]]
) -> Iterator[_Event]:
    for subject in subjects:
        column = "attempt_id" if isinstance(subject, PaymentAttempt) else "refund_id"
        for each in all_of(session, Resolution, **{column: subject.id}):
            name, why = names[subject.id][1], f"{each.reason} ({each.evidence})"
            yield each.created_at, "resolution", name, f"{each.verdict} asked for", each.requested_by, why
            if each.applied_at is not None:
                yield each.applied_at, "resolution", name, f"{each.verdict} approved", each.approved_by or "", None
            if each.withdrawn_at is not None:
                yield each.withdrawn_at, "resolution", name, f"{each.verdict} withdrawn", "", None


def _receipts(session: Session, order: PaymentOrder) -> Iterator[_Event]:
    for each in all_of(session, Receipt, order_id=order.id):
        yield each.issued_at, "receipt", each.number, f"issued over {Money(each.amount_fils)}", "", None
        if each.revoked_at is not None:
            yield each.revoked_at, "receipt", each.number, "revoked", "", each.revoked_because


def _attempt(each: PaymentAttempt) -> dict[str, Any]:
    return {
        "trackid": each.trackid,
        "gateway": each.gateway,
        "state": each.state.value,
        "amount": str(Money(each.amount_fils)),
        "paymentid": each.paymentid,
        "tranid": each.tranid,
        "ref": each.ref,
        "next_check_at": _local(each.next_check_at) if each.next_check_at else None,
    }


def _refund(each: Refund) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "state": each.state.value,
        "amount": str(Money(each.amount_fils)),
        "reason": each.reason,
        "requested_by": each.requested_by,
        "approved_by": each.approved_by,
    }


def _event(event: _Event) -> dict[str, Any]:
    at, kind, subject, what, actor, why = event
    return {"at": _local(at), "kind": kind, "subject": subject, "what": what, "by": actor, "why": why}


def _local(at: datetime) -> str:
    return at.astimezone(KUWAIT).isoformat(timespec="milliseconds")

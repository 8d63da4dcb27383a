"""What the bank's files should have shown by now and do not: captured payments, and refunds that succeeded."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from infra.clock import KUWAIT, kuwait_date
from infra.database import all_of, fetch, locked, unit_of_work
from infra.payments.following import follow
from infra.payments.reconciling.matching import day_of
from infra.payments.reviews import open_review
from infra.wiring import Ports
from models.history import Act
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import PaymentOrder
from models.payments.posting import PostingKind
from models.payments.refund import Refund, RefundEvent, RefundState
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine

RECONCILE_ACTOR: Final = "reconcile"
PAYMENT_SHOWN_WITHIN: Final = timedelta(days=2)
REFUND_SHOWN_WITHIN: Final = timedelta(days=3)
_IN_FLIGHT: Final = (RefundState.SUBMITTING, RefundState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class _Days:
    """From the first to the last day of all files of a gateway: before and after it, nothing can be missed."""

    first: date
    last: date

    def hold(self, day: date, *, within: timedelta, today: date) -> bool:
        return self.first <= day <= min(self.last, today - within)


def find_absent(ports: Ports, *, gateway: str, now: datetime, actor: str = RECONCILE_ACTOR) -> list[UUID]:
    """Open a question about everything that is overdue in the files imported so far; the ids of the new questions.

    A payment is asked about again at once. A refund that the bank does not show is not known any more. Safe to repeat.
    """
    return look_for_absent(ports, gateway=gateway, now=now, actor=actor, under_way=None)


def look_for_absent(ports: Ports, *, gateway: str, now: datetime, actor: str, under_way: UUID | None) -> list[UUID]:
    """As `find_absent`; the file under way counts as imported."""
    act = Act(actor=actor, at=now, reason="the bank's files do not show it")
    with unit_of_work(ports.engine) as session:
        days = _covered(session, gateway, under_way)
        if days is None:
            return []
        attempts = _attempts(session, gateway, days, today=kuwait_date(now))
        refunds = _refunds(session, gateway, days, today=kuwait_date(now))
    found = [_miss_payment(ports, each, act=act) for each in attempts]
    can_look = ports.gateway_named(gateway).capabilities.refund_lookup
    found += [_miss_refund(ports, each, can_look=can_look, act=act) for each in refunds]
    return [each for each in found if each is not None]


def _covered(session: Session, gateway: str, under_way: UUID | None) -> _Days | None:
    query = select(func.min(col(SettlementFile.first_day)), func.max(col(SettlementFile.last_day))).where(
        col(SettlementFile.gateway) == gateway,
        or_(col(SettlementFile.finished_at).is_not(None), col(SettlementFile.id) == under_way),
    )
    first, last = session.exec(query).one()
    return _Days(first, last) if first is not None and last is not None else None


def _attempts(session: Session, gateway: str, days: _Days, *, today: date) -> list[UUID]:
    """Captured, never shown, never asked about for that: what staff have answered is not asked again."""
    since = datetime.combine(days.first - PAYMENT_SHOWN_WITHIN, time(), KUWAIT)
    asked = select(ReviewItem.attempt_id).where(
        col(ReviewItem.kind) == ReviewKind.NOT_SETTLED, col(ReviewItem.attempt_id).is_not(None)
    )
    shown = select(SettlementLine.attempt_id).where(
        col(SettlementLine.attempt_id).is_not(None),
        col(SettlementLine.kind) == PostingKind.CAPTURE,
        col(SettlementLine.line_class) != LineClass.CONTRADICTION,  # other money under the same track id
    )
    query = select(PaymentAttempt).where(
        col(PaymentAttempt.gateway) == gateway,
        col(PaymentAttempt.state) == AttemptState.CAPTURED,
        col(PaymentAttempt.captured_at) >= since,
        col(PaymentAttempt.id).not_in(shown),
        col(PaymentAttempt.id).not_in(asked),
    )
    found = session.exec(query.order_by(col(PaymentAttempt.captured_at)))
    return [each.id for each in found if days.hold(day_of(each), within=PAYMENT_SHOWN_WITHIN, today=today)]


def _refunds(session: Session, gateway: str, days: _Days, *, today: date) -> list[UUID]:
    shown = select(SettlementLine.refund_id).where(col(SettlementLine.refund_id).is_not(None))
    asked = select(ReviewItem.refund_id).where(
        col(ReviewItem.kind) == ReviewKind.REFUND_NOT_SETTLED, col(ReviewItem.refund_id).is_not(None)
    )
    query = (
        select(Refund)
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(Refund.attempt_id))
        .where(
            col(PaymentAttempt.gateway) == gateway,
            col(Refund.state) == RefundState.SUCCEEDED,
            col(Refund.id).not_in(shown),
            col(Refund.id).not_in(asked),
        )
        .order_by(col(Refund.created_at))
    )
    found = session.exec(query).all()
    booked = {each.id: all_of(session, LedgerEntry, kind=LedgerKind.REFUND, gateway_ref=each.id.hex) for each in found}
    return [
        each.id
        for each in found
        if booked[each.id] and days.hold(booked[each.id][0].booked_on, within=REFUND_SHOWN_WITHIN, today=today)
    ]


def _miss_payment(ports: Ports, attempt_id: UUID, *, act: Act) -> UUID | None:
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, fetch(session, PaymentAttempt, attempt_id).order_id)
        attempt = locked(session, PaymentAttempt, attempt_id)
        asked = all_of(session, ReviewItem, kind=ReviewKind.NOT_SETTLED, attempt_id=attempt_id)
        shown = all_of(session, SettlementLine, attempt_id=attempt_id, kind=PostingKind.CAPTURE)
        settled = any(each.line_class is not LineClass.CONTRADICTION for each in shown)
        if attempt.state is not AttemptState.CAPTURED or settled or asked:
            return None
        item = open_review(session, ReviewKind.NOT_SETTLED, subject=str(attempt.id), attempt=attempt, act=act)
        attempt.next_check_at = act.at
        follow(session, order, act=act)
        return item.id


def _miss_refund(ports: Ports, refund_id: UUID, *, can_look: bool, act: Act) -> UUID | None:
    """Not lost sight of while another refund of the same money is in flight: the two could not be told apart."""
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, fetch(session, Refund, refund_id).order_id)
        refund = locked(session, Refund, refund_id)
        asked = all_of(session, ReviewItem, kind=ReviewKind.REFUND_NOT_SETTLED, refund_id=refund_id)
        shown = all_of(session, SettlementLine, refund_id=refund_id)
        if refund.state is not RefundState.SUCCEEDED or asked or shown:
            return None
        item = open_review(session, ReviewKind.REFUND_NOT_SETTLED, subject=str(refund.id), refund=refund, act=act)
        others = all_of(session, Refund, capture_entry_id=refund.capture_entry_id)
        if not any(each.state in _IN_FLIGHT for each in others):
            session.add(refund.apply(RefundEvent.LOSE_SIGHT, act))
            open_review(session, ReviewKind.REFUND_UNKNOWN, subject=str(refund.id), refund=refund, act=act)
            refund.due_at = act.at if can_look and refund.tranid else None
        follow(session, order, act=act)
        return item.id

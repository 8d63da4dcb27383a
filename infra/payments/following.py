"""An order follows its attempts, its money and its open questions; its cases follow the order."""

from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, col, func, select

from infra.database import all_of, locked
from infra.payments.booking import paid_fils, refunded_fils
from infra.payments.orders import wake
from infra.payments.shares import MONEY_CAME, Share, is_owed_after_all, share_of
from infra.payments.starting import live_attempt
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.history import Act
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderEvent, OrderLine, OrderStatus, PaymentOrder
from models.payments.order_status import EVENT_TO, OrderFacts, derive
from models.payments.refund import UNDER_WAY, Refund
from models.payments.review import ReviewItem, blocking

_S = CaseStatus

_CASES_FOLLOW: Final[Mapping[OrderStatus, Mapping[CaseStatus, CaseEvent]]] = {
    OrderStatus.OPEN: {_S.PAYMENT_REVIEW: CaseEvent.RETRY},
    OrderStatus.IN_PROGRESS: {_S.PAYMENT_REVIEW: CaseEvent.RETRY},
    OrderStatus.REVIEW: {
        _S.AWAITING_PAYMENT: CaseEvent.REVIEW_PAYMENT,
        _S.PAID: CaseEvent.REVIEW_PAYMENT,
        _S.RENEWAL_REFUSED: CaseEvent.REVIEW_PAYMENT,
        _S.EXTENDED: CaseEvent.REVIEW_PAYMENT,
    },
    OrderStatus.EXPIRED: {_S.AWAITING_PAYMENT: CaseEvent.LAPSE, _S.PAYMENT_REVIEW: CaseEvent.CANCEL},
    OrderStatus.CANCELLED: {_S.AWAITING_PAYMENT: CaseEvent.CANCEL, _S.PAYMENT_REVIEW: CaseEvent.CANCEL},
}
"""What happens to a case that stands where, when its order comes to a status in which no money is there."""

_CASES_FOLLOW_THEIR_SHARE: Final[Mapping[Share, Mapping[CaseStatus, CaseEvent]]] = {
    Share.STANDS: {_S.AWAITING_PAYMENT: CaseEvent.PAY, _S.PAYMENT_REVIEW: CaseEvent.PAY},
    Share.LEAVING: {},
    Share.GONE: {
        _S.PAID: CaseEvent.CANCEL,
        _S.RENEWAL_REFUSED: CaseEvent.CANCEL,
        _S.PAYMENT_REVIEW: CaseEvent.CANCEL,
    },
}
"""The same where money came: one case's share may go back while the others' stand."""


def follow(session: Session, order: PaymentOrder, *, act: Act) -> None:
    """Move the order to what the facts say it is, and its cases after it. The order is held; safe to repeat."""
    session.flush()
    target = derive(_facts(session, order))
    if target is not order.status:
        session.add(order.apply(EVENT_TO[target], act))
        _bring_cases_along(session, order, act=act)
    elif target in MONEY_CAME and all_of(session, Refund, order_id=order.id):
        _bring_cases_along(session, order, act=act)


def close_order(session: Session, order: PaymentOrder, event: OrderEvent, *, act: Act) -> None:
    """End an open order that is not paid, and its cases with it: `event` is EXPIRE or CANCEL."""
    session.add(order.apply(event, act))
    _bring_cases_along(session, order, act=act)


def awaits_payment(session: Session, order: PaymentOrder) -> bool:
    """Whether any of its cases still waits for the money."""
    query = (
        select(func.count())
        .select_from(OrderLine)
        .join(Case, col(Case.id) == col(OrderLine.case_id))
        .where(col(OrderLine.order_id) == order.id, col(Case.status) == CaseStatus.AWAITING_PAYMENT)
    )
    return session.exec(query).one() > 0


def _bring_cases_along(session: Session, order: PaymentOrder, *, act: Act) -> None:
    for line in sorted(all_of(session, OrderLine, order_id=order.id), key=lambda line: line.case_id):
        case = locked(session, Case, line.case_id)
        event = _event_for(session, order, case)
        if event is not None and CASE.allows(case.status, event):
            session.add(case.apply(event, act))
            session.add(wake(case, now=act.at))


def _event_for(session: Session, order: PaymentOrder, case: Case) -> CaseEvent | None:
    if order.status not in MONEY_CAME:
        return _CASES_FOLLOW.get(order.status, {}).get(case.status)
    event = _CASES_FOLLOW_THEIR_SHARE[share_of(session, order, case.id)].get(case.status)
    return None if event is CaseEvent.CANCEL and is_owed_after_all(session, case) else event


def _facts(session: Session, order: PaymentOrder) -> OrderFacts:
    entries = all_of(session, LedgerEntry, order_id=order.id)
    own = {entry.id for entry in entries if entry.credit is LedgerAccount.ORDERS}
    refunds = all_of(session, Refund, order_id=order.id)
    under_way = [each for each in refunds if each.capture_entry_id in own and each.state in UNDER_WAY]
    return OrderFacts(
        has_live_attempt=live_attempt(session, order) is not None,
        paid_fils=paid_fils(session, order.id),
        refunded_fils=refunded_fils(session, order.id),
        refunding_fils=sum(each.amount_fils for each in under_way),
        in_review=_in_review(session, order),
        closed_as=order.closed_as,
    )


def _in_review(session: Session, order: PaymentOrder) -> bool:
    query = select(func.count()).where(
        col(ReviewItem.order_id) == order.id,
        col(ReviewItem.resolved_at).is_(None),
        col(ReviewItem.kind).in_(blocking()),
    )
    return session.exec(query).one() > 0

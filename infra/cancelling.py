"""Cancelling a case: the undo of a submission, and the end of one that is paid and cannot be renewed."""

from typing import Final

from sqlmodel import Session

from infra.case_report import case_by_reference
from infra.database import locked, unit_of_work
from infra.payments.orders import open_order, order_of, wake
from infra.payments.refund_requests import left_to_ask, refundable, request_share
from infra.payments.starting import live_attempt
from infra.remedies import MANAGE
from infra.wiring import Ports
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.errors import RuleError
from models.history import Act
from models.payments.order import OrderEvent, OrderStatus, PaymentOrder

_FOR_GOOD: Final = frozenset({CaseStatus.RENEWAL_REFUSED, CaseStatus.PAYMENT_REVIEW})


def cancel_case(ports: Ports, reference: str, *, actor: str, reason: str) -> None:
    """Cancel the case and its open order.

    Of a case that is paid and was refused, or is under review, its share is asked back: a second person approves that
    refund. Other cases of the same payment go on. RuleError while a payment is under way, when an unpaid order is for
    other cases too, or when the case is past cancelling.
    """
    now = ports.now()
    doing = Act(actor=actor, at=now, reason=reason)
    with unit_of_work(ports.engine) as session:
        found = case_by_reference(session, reference)
        order = order_of(session, found)
        if order is not None:
            order = locked(session, PaymentOrder, order.id)
        case = locked(session, Case, found.id)
        if order is not None and case.status in _FOR_GOOD and refundable(session, order) is not None:
            _cancel_paid(session, case, order, doing=doing)
            return
        if order is not None:
            if order.batch_id is not None or order.status is not OrderStatus.OPEN or live_attempt(session, order):
                raise RuleError(_instead(session, case, order))
            session.add(order.apply(OrderEvent.CANCEL, doing))
        if not CASE.allows(case.status, CaseEvent.CANCEL):
            raise RuleError(f"{case.reference} cannot be cancelled: it is {case.status}")
        has_run = case.status is not CaseStatus.SUBMITTED
        session.add(case.apply(CaseEvent.CANCEL, doing))
        if has_run:
            session.add(wake(case, now=now))
        open_order(session, case, now=now, terms=ports.terms)
        if order is None and order_of(session, case) is not None:
            raise RuleError(f"{reference} cannot be cancelled: its payment has just been opened; try again")


def _instead(session: Session, case: Case, order: PaymentOrder) -> str:
    """Why it cannot be, and what to do."""
    what = f"{case.reference} cannot be cancelled: its payment is {order.status}"
    match order.status:
        case OrderStatus.PAID | OrderStatus.REFUND_PENDING | OrderStatus.REFUNDED:
            left = left_to_ask(session, order, case.id)
            if not left.fils:
                return f"{what}, and all of its money is given back or asked back"
            ask = f"payments refunds request {case.reference} --believed-left {left} --reason TEXT --as NAME"
            return f"{what}. To give its money back: `{MANAGE} {ask}`"
        case OrderStatus.IN_PROGRESS | OrderStatus.REVIEW:
            return f"{what}. How it stands: `{MANAGE} payments show {case.reference}`; cancel when that is settled"
        case OrderStatus.OPEN if order.batch_id is not None:
            return f"{what}, and for other cases too; it lapses by itself when nobody pays"
    return f"{case.reference} cannot be cancelled: it is {case.status}"


def _cancel_paid(session: Session, case: Case, order: PaymentOrder, *, doing: Act) -> None:
    """Whoever cancels is the one who asks for the refund, so another person must approve it."""
    if live_attempt(session, order) is not None:
        raise RuleError(f"{case.reference} cannot be cancelled: a payment is under way")
    session.add(case.apply(CaseEvent.CANCEL, doing))
    request_share(session, order, case.id, act=doing)
    session.add(wake(case, now=doing.at))

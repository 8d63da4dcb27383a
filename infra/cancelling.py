"""Cancelling a case that has not been paid: the undo of a submission."""

from infra.case_report import case_by_reference
from infra.database import locked, unit_of_work
from infra.payments.orders import open_order, order_of, wake
from infra.payments.starting import live_attempt
from infra.wiring import Ports
from models.case import Case, CaseEvent, CaseStatus
from models.errors import RuleError
from models.history import Act
from models.payments.order import OrderEvent, OrderStatus, PaymentOrder


def cancel_case(ports: Ports, reference: str, *, actor: str, reason: str) -> None:
    """Cancel the case and its open order.

    RuleError while a payment is under way, when the order pays other cases too, or when the case is past cancelling.
    """
    now = ports.now()
    doing = Act(actor=actor, at=now, reason=reason)
    with unit_of_work(ports.engine) as session:
        found = case_by_reference(session, reference)
        order = order_of(session, found)
        if order is not None:
            order = locked(session, PaymentOrder, order.id)
            if order.batch_id is not None or order.status is not OrderStatus.OPEN or live_attempt(session, order):
                raise RuleError(f"{reference} cannot be cancelled: its payment is {order.status}")
            session.add(order.apply(OrderEvent.CANCEL, doing))
        case = locked(session, Case, found.id)
        has_run = case.status is not CaseStatus.SUBMITTED
        session.add(case.apply(CaseEvent.CANCEL, doing))
        if has_run:
            session.add(wake(case, now=now))
        open_order(session, case, now=now, terms=ports.terms)
        if order is None and order_of(session, case) is not None:
            raise RuleError(f"{reference} cannot be cancelled: its payment has just been opened; try again")

"""The case that a step changes and its order, both held: the order first, as everybody who needs both."""

from uuid import UUID

from sqlmodel import Session

from infra.database import fetch, locked
from infra.leases import held_case
from infra.payments.orders import order_of
from models.case import Case
from models.payments.order import PaymentOrder


def held_with_order(session: Session, case_id: UUID) -> tuple[PaymentOrder | None, Case]:
    """No order while nobody was asked to pay; of a case that is paid there is always one."""
    order = order_of(session, fetch(session, Case, case_id))
    if order is not None:
        order = locked(session, PaymentOrder, order.id)
    return order, held_case(session, case_id)

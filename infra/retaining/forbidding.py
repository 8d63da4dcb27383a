"""What forbids to erase a case: that it is open, that its money is not settled, or a legal hold."""

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, or_, select

from infra.case_report import case_by_reference
from infra.database import all_of, locked, unit_of_work
from infra.wiring import Ports
from models.case import CASE, Case
from models.erasure import Erasure, LegalHold
from models.errors import InputError, RuleError
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.refund import REFUND, Refund
from models.payments.review import ReviewItem
from models.states import Party

_SETTLED: Final = frozenset({OrderStatus.PAID, OrderStatus.REFUNDED, OrderStatus.EXPIRED, OrderStatus.CANCELLED})


def forbidden(session: Session, case: Case) -> list[str]:
    """Every reason, in words for staff; empty when the case may be erased."""
    return list(_reasons(session, case))


def _reasons(session: Session, case: Case) -> Iterator[str]:
    if not CASE.is_final(case.status):
        yield f"the case is open: it is {case.status.value}"
    for hold in all_of(session, LegalHold, case_id=case.id, lifted_at=None):
        yield f"a legal hold by {hold.placed_by}: {hold.reason}"
    query = select(PaymentOrder).join(OrderLine, col(OrderLine.order_id) == col(PaymentOrder.id))
    for order in session.exec(query.where(col(OrderLine.case_id) == case.id)):
        yield from _money(session, order)


def _money(session: Session, order: PaymentOrder) -> Iterator[str]:
    if order.status not in _SETTLED:
        yield f"its payment order is {order.status.value}"
    open_refunds = [each for each in all_of(session, Refund, order_id=order.id) if _waits(each)]
    if open_refunds:
        yield f"{len(open_refunds)} refund(s) are not finished"
    if all_of(session, ReviewItem, order_id=order.id, resolved_at=None):
        yield "a question about its money is open in the work list"
    looked_into = select(PaymentAttempt.id).where(
        col(PaymentAttempt.order_id) == order.id,
        or_(col(PaymentAttempt.state).in_(LIVE), col(PaymentAttempt.next_check_at).is_not(None)),
    )
    if session.exec(looked_into).first() is not None:
        yield "the gateway is still being asked about a payment"


def _waits(refund: Refund) -> bool:
    return REFUND.waits_on[refund.state] is not Party.NOBODY


def erasure_begun(session: Session, case_id: UUID) -> bool:
    """Whether the point of no return is passed: its files may be gone already."""
    return any(each.begun_at is not None for each in all_of(session, Erasure, case_id=case_id))


def place_hold(ports: Ports, reference: str, *, actor: str, reason: str) -> None:
    """Keep the case as it is, whatever period ends. RuleError when it is held already or being erased."""
    if not reason.strip():
        raise InputError("reason", "is empty; say who needs the case and why")
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, case_by_reference(session, reference).id)
        if all_of(session, LegalHold, case_id=case.id, lifted_at=None):
            raise RuleError(f"{case.reference} is under a legal hold already")
        if erasure_begun(session, case.id):
            raise RuleError(f"{case.reference} is erased, or being erased")
        session.add(LegalHold(created_at=ports.now(), case_id=case.id, reason=reason.strip(), placed_by=actor))


def lift_hold(ports: Ports, reference: str, *, actor: str) -> None:
    """RuleError when there is none."""
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, case_by_reference(session, reference).id)
        holds = all_of(session, LegalHold, case_id=case.id, lifted_at=None)
        if not holds:
            raise RuleError(f"{case.reference} is under no legal hold")
        holds[0].lifted_at, holds[0].lifted_by = ports.now(), actor

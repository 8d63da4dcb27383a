"""Refunds as staff read them."""

from typing import Any

from sqlmodel import Session

from infra.database import all_of, fetch
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.refund import REFUND, Refund, RefundState
from models.states import Party


def refund_list(session: Session, *, state: RefundState | None = None) -> list[dict[str, Any]]:
    """Those in `state`, or all that are not over, oldest first, as JSON knows them."""
    wanted = {state} if state else {each for each in RefundState if REFUND.waits_on[each] is not Party.NOBODY}
    return [_refund(session, each) for each in all_of(session, Refund) if each.state in wanted]


def _refund(session: Session, each: Refund) -> dict[str, Any]:
    return {
        "refund": str(each.id),
        "state": each.state.value,
        "amount": str(Money(each.amount_fils)),
        "order": str(each.order_id),
        "trackid": fetch(session, PaymentAttempt, each.attempt_id).trackid,
        "reason": each.reason,
        "automatic": each.automatic,
        "requested_by": each.requested_by,
        "approved_by": each.approved_by,
    }

"""What a message says of an order's money: where to pay, where its receipts are, what became of the last payment."""

from typing import Final

from sqlmodel import Session

from infra.database import all_of
from infra.payments.booking import captures_of
from infra.payments.shares import paying_capture
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.order import PaymentOrder

_A = AttemptState
_NOT_TAKEN: Final = frozenset({_A.DECLINED, _A.CANCELLED, _A.ABANDONED})


def pay_link(order: PaymentOrder, *, site: str) -> str:
    return f"{site}/pay/{order.id}"


def receipts_link(session: Session, order: PaymentOrder, *, site: str) -> str | None:
    """The page that the payer came back to, or should have: it leads to every receipt of the order."""
    paying = paying_capture(session, order)
    for attempt in all_of(session, PaymentAttempt, order_id=order.id, state=_A.CAPTURED):
        if paying in captures_of(session, attempt):
            return f"{site}/pay/return/{attempt.return_token}"
    return None


def last_payment(session: Session, order: PaymentOrder) -> str | None:
    """What the payer must hear of it before being asked again: whose money was taken is not told that none came."""
    attempts = all_of(session, PaymentAttempt, order_id=order.id)
    state = max(attempts, key=lambda each: each.created_at).state if attempts else None
    if state in {_A.MISMATCH, _A.VOIDED}:
        return state.value
    return "not_taken" if state in _NOT_TAKEN else None

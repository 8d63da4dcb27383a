"""What became of one attempt to pay, as its payer is told."""

from typing import Final

from sqlmodel import Session

from infra.database import all_of
from infra.payments.booking import captures_of, refunded_fils
from models.payments.attempt import LIVE, AttemptState, PaymentAttempt
from models.payments.claim import STATE_SAYS, ClaimOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderStatus, PaymentOrder
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind, blocking

_A, _C = AttemptState, ClaimOutcome
_UNDECIDED: Final = frozenset({OrderStatus.REVIEW, OrderStatus.REFUND_PENDING})
"""Its money may go back, or is about to: it is not said to pay anything."""

_TROUBLED: Final = frozenset({RefundState.UNKNOWN, RefundState.REJECTED})


def fate_of(session: Session, order: PaymentOrder, attempt: PaymentAttempt) -> ClaimOutcome:
    """By its state, its books and its refunds; whose money was taken is never told that none was."""
    if attempt.state in LIVE:
        return STATE_SAYS[attempt.state]
    if attempt.state is _A.VOIDED:
        return _C.WITH_STAFF if _is_doubted(session, order) else _C.REVERSED
    if attempt.state not in {_A.CAPTURED, _A.MISMATCH}:
        return _C.WITH_STAFF if order.status is OrderStatus.REVIEW else _C.NOT_TAKEN
    captures = captures_of(session, attempt)
    if not captures:
        return _C.WITH_STAFF  # taken in another currency: nothing of it is in our books
    return _of_captures(session, order, captures)


def paid_or_partly(session: Session, order: PaymentOrder) -> ClaimOutcome:
    return _C.PARTLY_RETURNED if refunded_fils(session, order.id) else _C.PAID


def _is_doubted(session: Session, order: PaymentOrder) -> bool:
    """Whether staff are asked something else of the order than what follows from its reversal."""
    questions = {each.kind for each in all_of(session, ReviewItem, order_id=order.id, resolved_at=None)}
    return bool((questions & blocking()) - {ReviewKind.REVERSED})


def _of_captures(session: Session, order: PaymentOrder, captures: list[LedgerEntry]) -> ClaimOutcome:
    refunds = [each for entry in captures for each in all_of(session, Refund, capture_entry_id=entry.id)]
    back = sum(each.amount_fils for each in refunds if each.state is RefundState.SUCCEEDED)
    if back >= sum(each.amount_fils for each in captures):
        return _C.RETURNED
    if any(each.credit is LedgerAccount.SUSPENSE for each in captures):
        troubled = {each.state for each in refunds} & _TROUBLED
        return _C.WITH_STAFF if troubled or not refunds else _C.SURPLUS
    return _C.WITH_STAFF if order.status in _UNDECIDED else paid_or_partly(session, order)

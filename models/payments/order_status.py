"""What an order's status is, from its attempts, its money and its open questions: one function, stored as a cache."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from models.payments.order import OrderEvent, OrderStatus

_S, _E = OrderStatus, OrderEvent

EVENT_TO: Final[Mapping[OrderStatus, OrderEvent]] = {
    _S.OPEN: _E.REOPEN,
    _S.IN_PROGRESS: _E.START,
    _S.PAID: _E.PAY,
    _S.REFUND_PENDING: _E.REQUEST_REFUND,
    _S.REFUNDED: _E.REFUND,
    _S.EXPIRED: _E.EXPIRE,
    _S.CANCELLED: _E.CANCEL,
    _S.REVIEW: _E.REVIEW,
}
"""The event that leads to each status."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """Amounts in fils. `paid` and `refunded` are of the money that was booked to the order itself, not of surplus."""

    has_live_attempt: bool
    paid_fils: int
    refunded_fils: int
    refunding_fils: int  # approved, on its way, or not known
    in_review: bool
    closed_as: OrderStatus | None


def derive(facts: OrderFacts) -> OrderStatus:
    """An open question stands before everything; then what became of the money; then how the order ended.

    Of an order that ended unpaid, an attempt that late news woke is looked into without opening the order again.
    """
    if facts.in_review:
        return _S.REVIEW
    if facts.paid_fils > 0:
        return _of_paid(facts)
    if facts.closed_as is not None:
        return facts.closed_as
    return _S.IN_PROGRESS if facts.has_live_attempt else _S.OPEN


def _of_paid(facts: OrderFacts) -> OrderStatus:
    """A share that was given back leaves the order paid: the other cases go on."""
    if facts.refunded_fils >= facts.paid_fils:
        return _S.REFUNDED
    whole = facts.refunded_fils + facts.refunding_fils >= facts.paid_fils
    return _S.REFUND_PENDING if whole else _S.PAID

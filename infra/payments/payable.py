"""Whether an order can be paid now: what its page, its start and our answers to a payer go by."""

from datetime import datetime
from typing import Final

from sqlmodel import Session

from infra.payments.pauses import is_paused
from infra.payments.starting import is_held, live_attempt
from models.payments.attempt import AT_THE_PAGE
from models.payments.order import OrderStatus, PaymentOrder
from models.payments.paying import Paying

_SAYS: Final = {
    OrderStatus.PAID: Paying.PAID,
    OrderStatus.REFUND_PENDING: Paying.REFUND_PENDING,
    OrderStatus.REFUNDED: Paying.REFUNDED,
    OrderStatus.REVIEW: Paying.WITH_STAFF,
}


def paying_now(session: Session, order: PaymentOrder, *, gateway: str, now: datetime) -> Paying:
    """A live attempt stands before everything: while it is not settled, nobody pays again. `gateway` takes new ones."""
    attempt = live_attempt(session, order)
    if attempt is not None:
        at_the_page = attempt.state in AT_THE_PAGE and attempt.page_expires_at > now
        return Paying.AT_THE_BANK if at_the_page else Paying.VERIFYING
    if order.status is not OrderStatus.OPEN:
        return _SAYS.get(order.status, Paying.CLOSED)
    if is_held(session, order):
        return Paying.HELD
    if order.expires_at <= now:
        return Paying.CLOSED
    return Paying.PAUSED if is_paused(session, gateway) else Paying.OPEN

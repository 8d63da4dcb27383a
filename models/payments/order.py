"""A payment order: what is to be paid for one case, or for the many cases of a batch, and its machine."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.base import CURRENCY, Moment, Record, stored_enum
from models.history import Act, Transition
from models.states import Machine, Party


class OrderStatus(StrEnum):
    OPEN = "open"
    IN_PROGRESS = "in_progress"
    PAID = "paid"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    REVIEW = "review"


class OrderEvent(StrEnum):
    START = "start"
    REOPEN = "reopen"
    PAY = "pay"
    EXPIRE = "expire"
    CANCEL = "cancel"
    REVIEW = "review"
    REQUEST_REFUND = "request_refund"
    REFUND = "refund"


_S, _E, _P = OrderStatus, OrderEvent, Party

ORDER: Final[Machine[OrderStatus, OrderEvent]] = Machine(
    start=_S.OPEN,
    edges={
        (_S.OPEN, _E.START): _S.IN_PROGRESS,
        (_S.OPEN, _E.PAY): _S.PAID,  # a capture that arrived late
        (_S.OPEN, _E.EXPIRE): _S.EXPIRED,
        (_S.OPEN, _E.CANCEL): _S.CANCELLED,
        (_S.OPEN, _E.REVIEW): _S.REVIEW,
        (_S.IN_PROGRESS, _E.REOPEN): _S.OPEN,
        (_S.IN_PROGRESS, _E.PAY): _S.PAID,
        (_S.IN_PROGRESS, _E.REVIEW): _S.REVIEW,
        (_S.PAID, _E.REQUEST_REFUND): _S.REFUND_PENDING,
        (_S.PAID, _E.REVIEW): _S.REVIEW,
        (_S.REFUND_PENDING, _E.REFUND): _S.REFUNDED,
        (_S.REFUND_PENDING, _E.PAY): _S.PAID,  # the refund was rejected, or only a share of the order
        (_S.REFUND_PENDING, _E.REVIEW): _S.REVIEW,
        (_S.EXPIRED, _E.REVIEW): _S.REVIEW,
        (_S.CANCELLED, _E.REVIEW): _S.REVIEW,
        (_S.REFUNDED, _E.REVIEW): _S.REVIEW,
        (_S.REFUNDED, _E.PAY): _S.PAID,  # the refund was not carried out after all
        (_S.REFUNDED, _E.REQUEST_REFUND): _S.REFUND_PENDING,
        (_S.REVIEW, _E.START): _S.IN_PROGRESS,
        (_S.REVIEW, _E.PAY): _S.PAID,
        (_S.REVIEW, _E.REOPEN): _S.OPEN,
        (_S.REVIEW, _E.CANCEL): _S.CANCELLED,
        (_S.REVIEW, _E.EXPIRE): _S.EXPIRED,
        (_S.REVIEW, _E.REFUND): _S.REFUNDED,
        (_S.REVIEW, _E.REQUEST_REFUND): _S.REFUND_PENDING,
    },
    waits_on={
        _S.OPEN: _P.PAYER,
        _S.IN_PROGRESS: _P.PAYER,
        _S.PAID: _P.NOBODY,
        _S.REFUND_PENDING: _P.US,
        _S.REFUNDED: _P.NOBODY,
        _S.EXPIRED: _P.NOBODY,
        _S.CANCELLED: _P.NOBODY,
        _S.REVIEW: _P.STAFF,
    },
)


class PaymentOrder(Record, table=True):
    """Its id is the payer's address: random, and it shows nothing but what is to be paid.

    `status` is a cache of what `order_status.derive` says; `closed_as` is how it ended without being paid. It can be
    paid until `expires_at`: `PaymentTerms.order_valid` after its opening, and longer by what staff held it.
    """

    __tablename__ = "payment_order"
    __table_args__ = (
        Index(None, "status", "expires_at"),
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        CheckConstraint("currency = 'KWD'", name="currency"),
    )

    status: OrderStatus = Field(default=ORDER.start, sa_type=stored_enum(OrderStatus))
    batch_id: UUID | None = Field(default=None, foreign_key="batch.id", unique=True)
    closed_as: OrderStatus | None = Field(default=None, sa_type=stored_enum(OrderStatus, check="closed_as"))
    amount_fils: int
    currency: str = CURRENCY
    expires_at: datetime = Field(sa_type=Moment)

    def apply(self, event: OrderEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.status
        self.status = ORDER.after(before, event)
        if event in {OrderEvent.EXPIRE, OrderEvent.CANCEL}:
            self.closed_as = self.status
        return Transition.of(self, event=event, before=before, after=self.status, act=act)


class OrderLine(Record, table=True):
    """One case's share. A quote is paid by one order only, and a case stands in an order once."""

    __tablename__ = "order_line"
    __table_args__ = (
        UniqueConstraint("order_id", "case_id"),
        CheckConstraint("amount_fils > 0", name="amount_positive"),
    )

    order_id: UUID = Field(foreign_key="payment_order.id")
    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    quote_id: UUID = Field(foreign_key="fee_quote.id", unique=True)
    amount_fils: int

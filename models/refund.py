"""A refund of captured money, and its machine. One submission to KNET per row, ever."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Record, stored_enum
from models.history import Act, Transition
from models.states import Machine, Party


class RefundState(StrEnum):
    REQUESTED = "requested"
    APPROVED = "approved"
    SUBMITTING = "submitting"
    SUCCEEDED = "succeeded"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class RefundEvent(StrEnum):
    APPROVE = "approve"
    SUBMIT = "submit"
    SUCCEED = "succeed"
    REJECT = "reject"
    LOSE_SIGHT = "lose_sight"


_S, _E, _P = RefundState, RefundEvent, Party

REFUND: Final[Machine[RefundState, RefundEvent]] = Machine(
    start=_S.REQUESTED,
    edges={
        (_S.REQUESTED, _E.APPROVE): _S.APPROVED,
        (_S.REQUESTED, _E.REJECT): _S.REJECTED,
        (_S.APPROVED, _E.SUBMIT): _S.SUBMITTING,
        (_S.SUBMITTING, _E.SUCCEED): _S.SUCCEEDED,
        (_S.SUBMITTING, _E.REJECT): _S.REJECTED,
        (_S.SUBMITTING, _E.LOSE_SIGHT): _S.UNKNOWN,
        (_S.UNKNOWN, _E.SUCCEED): _S.SUCCEEDED,
        (_S.UNKNOWN, _E.REJECT): _S.REJECTED,
    },
    waits_on={
        _S.REQUESTED: _P.STAFF,
        _S.APPROVED: _P.US,
        _S.SUBMITTING: _P.US,
        _S.SUCCEEDED: _P.NOBODY,
        _S.REJECTED: _P.NOBODY,
        _S.UNKNOWN: _P.STAFF,
    },
)


class Refund(Record, table=True):
    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        Index(
            "uq_refund_one_active",
            "capture_entry_id",
            unique=True,
            postgresql_where=text("state not in ('succeeded', 'rejected')"),
        ),
    )

    order_id: UUID = Field(foreign_key="payment_order.id", index=True)
    capture_entry_id: UUID = Field(foreign_key="ledger_entry.id")
    amount_fils: int
    reason: str
    state: RefundState = Field(default=REFUND.start, sa_type=stored_enum(RefundState))
    requested_by: str
    approved_by: str | None = None

    def apply(self, event: RefundEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.state
        self.state = REFUND.after(before, event)
        return Transition.of(self, event=event, before=before, after=self.state, act=act)

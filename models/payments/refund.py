"""A refund of captured money, and its machine. One request to the gateway per row, ever, unless it knows repeats."""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
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
    HAND_BACK = "hand_back"  # nothing left our side: it may be sent later


_S, _E, _P = RefundState, RefundEvent, Party

REFUND: Final[Machine[RefundState, RefundEvent]] = Machine(
    start=_S.REQUESTED,
    edges={
        (_S.REQUESTED, _E.APPROVE): _S.APPROVED,
        (_S.REQUESTED, _E.REJECT): _S.REJECTED,
        (_S.APPROVED, _E.SUBMIT): _S.SUBMITTING,
        (_S.APPROVED, _E.REJECT): _S.REJECTED,
        (_S.SUBMITTING, _E.HAND_BACK): _S.APPROVED,
        (_S.SUBMITTING, _E.SUCCEED): _S.SUCCEEDED,
        (_S.SUBMITTING, _E.REJECT): _S.REJECTED,
        (_S.SUBMITTING, _E.LOSE_SIGHT): _S.UNKNOWN,
        (_S.UNKNOWN, _E.SUCCEED): _S.SUCCEEDED,
        (_S.UNKNOWN, _E.REJECT): _S.REJECTED,
        (_S.SUCCEEDED, _E.LOSE_SIGHT): _S.UNKNOWN,  # the bank's books do not show it
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


UNDER_WAY: Final = frozenset({_S.APPROVED, _S.SUBMITTING, _S.UNKNOWN})
"""Its money is on its way back, or may be."""

COUNTED: Final = frozenset(_S) - {_S.REJECTED}
"""Refunds in these states have their money reserved."""


class Refund(Record, table=True):
    """Money to give back out of one capture.

    The machine asks for it (`automatic`), of the whole capture, where money came that pays nothing; else one member of
    staff asks and another approves (`infra/payments/refund_requests.py`). Of an order for many cases, `case_id` is the
    one whose share it is. `due_at` is when it is to be sent or asked about next; `tranid` is the gateway's own number.
    """

    __tablename__ = "refund"
    __table_args__ = (
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        CheckConstraint("approved_by is null or automatic or approved_by <> requested_by", name="second_person"),
        Index(
            "uq_refund_one_in_flight",  # two of one capture in flight could not be told apart
            "capture_entry_id",
            unique=True,
            postgresql_where=text("state in ('submitting', 'unknown')"),
        ),
    )

    order_id: UUID = Field(foreign_key="payment_order.id", index=True)
    attempt_id: UUID = Field(foreign_key="payment_attempt.id", index=True)
    capture_entry_id: UUID = Field(foreign_key="ledger_entry.id", index=True)
    case_id: UUID | None = Field(default=None, foreign_key="renewal_case.id", index=True)
    amount_fils: int
    reason: str
    automatic: bool = False
    state: RefundState = Field(default=REFUND.start, sa_type=stored_enum(RefundState))
    version: int = 0
    requested_by: str
    approved_by: str | None = None
    due_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    submitted_at: datetime | None = Field(default=None, sa_type=Moment)
    tranid: str | None = None

    def apply(self, event: RefundEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.state
        self.state = REFUND.after(before, event)
        self.version += 1
        return Transition.of(self, event=event, before=before, after=self.state, act=act)

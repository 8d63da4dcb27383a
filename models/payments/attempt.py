"""A payment attempt: one visit of the payer to the gateway's page, and its machine."""

from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
from models.history import Act, Transition
from models.payments.evidence import EvidenceKind
from models.states import Machine, Party


class AttemptState(StrEnum):
    CREATED = "created"
    REDIRECTED = "redirected"
    VERIFYING = "verifying"
    CAPTURED_UNCONFIRMED = "captured_unconfirmed"
    UNKNOWN = "unknown"
    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    VOIDED = "voided"
    MISMATCH = "mismatch"


class AttemptEvent(StrEnum):
    REDIRECT = "redirect"
    HEAR = "hear"  # the gateway's notification came: a reason to ask, never a proof
    HOLD_CAPTURE = "hold_capture"
    CAPTURE = "capture"
    DECLINE = "decline"
    CANCEL = "cancel"
    ABANDON = "abandon"
    LOSE_SIGHT = "lose_sight"
    VOID = "void"
    MISMATCH = "mismatch"


_S, _E, _P = AttemptState, AttemptEvent, Party

LIVE: Final = frozenset({_S.CREATED, _S.REDIRECTED, _S.VERIFYING, _S.CAPTURED_UNCONFIRMED, _S.UNKNOWN})
"""While one of these holds, the order takes no other attempt."""

AT_THE_PAGE: Final = frozenset({_S.CREATED, _S.REDIRECTED})
"""The payer may still be at the gateway's page, and may be sent there again."""

ATTEMPT: Final[Machine[AttemptState, AttemptEvent]] = Machine(
    start=_S.CREATED,
    edges={
        (_S.CREATED, _E.REDIRECT): _S.REDIRECTED,
        (_S.CREATED, _E.HEAR): _S.VERIFYING,
        (_S.CREATED, _E.ABANDON): _S.ABANDONED,
        (_S.CREATED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.CREATED, _E.CAPTURE): _S.CAPTURED,
        (_S.CREATED, _E.DECLINE): _S.DECLINED,
        (_S.CREATED, _E.VOID): _S.VOIDED,
        (_S.CREATED, _E.MISMATCH): _S.MISMATCH,
        (_S.REDIRECTED, _E.HEAR): _S.VERIFYING,
        (_S.REDIRECTED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.REDIRECTED, _E.CAPTURE): _S.CAPTURED,
        (_S.REDIRECTED, _E.DECLINE): _S.DECLINED,
        (_S.REDIRECTED, _E.CANCEL): _S.CANCELLED,
        (_S.REDIRECTED, _E.ABANDON): _S.ABANDONED,
        (_S.REDIRECTED, _E.LOSE_SIGHT): _S.UNKNOWN,
        (_S.REDIRECTED, _E.VOID): _S.VOIDED,
        (_S.REDIRECTED, _E.MISMATCH): _S.MISMATCH,
        (_S.VERIFYING, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.VERIFYING, _E.CAPTURE): _S.CAPTURED,
        (_S.VERIFYING, _E.DECLINE): _S.DECLINED,
        (_S.VERIFYING, _E.CANCEL): _S.CANCELLED,
        (_S.VERIFYING, _E.ABANDON): _S.ABANDONED,
        (_S.VERIFYING, _E.LOSE_SIGHT): _S.UNKNOWN,
        (_S.VERIFYING, _E.VOID): _S.VOIDED,
        (_S.VERIFYING, _E.MISMATCH): _S.MISMATCH,
        (_S.CAPTURED_UNCONFIRMED, _E.CAPTURE): _S.CAPTURED,
        (_S.CAPTURED_UNCONFIRMED, _E.VOID): _S.VOIDED,
        (_S.CAPTURED_UNCONFIRMED, _E.MISMATCH): _S.MISMATCH,
        (_S.UNKNOWN, _E.HEAR): _S.VERIFYING,
        (_S.UNKNOWN, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.UNKNOWN, _E.CAPTURE): _S.CAPTURED,
        (_S.UNKNOWN, _E.DECLINE): _S.DECLINED,
        (_S.UNKNOWN, _E.CANCEL): _S.CANCELLED,
        (_S.UNKNOWN, _E.VOID): _S.VOIDED,
        (_S.UNKNOWN, _E.MISMATCH): _S.MISMATCH,
        (_S.ABANDONED, _E.HEAR): _S.VERIFYING,
        (_S.ABANDONED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.ABANDONED, _E.CAPTURE): _S.CAPTURED,
        (_S.ABANDONED, _E.MISMATCH): _S.MISMATCH,
        (_S.DECLINED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.DECLINED, _E.CAPTURE): _S.CAPTURED,
        (_S.DECLINED, _E.MISMATCH): _S.MISMATCH,
        (_S.CANCELLED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.CANCELLED, _E.CAPTURE): _S.CAPTURED,
        (_S.CANCELLED, _E.MISMATCH): _S.MISMATCH,
        (_S.VOIDED, _E.HOLD_CAPTURE): _S.CAPTURED_UNCONFIRMED,
        (_S.VOIDED, _E.CAPTURE): _S.CAPTURED,
        (_S.VOIDED, _E.MISMATCH): _S.MISMATCH,
        (_S.CAPTURED, _E.VOID): _S.VOIDED,
        (_S.MISMATCH, _E.VOID): _S.VOIDED,
    },
    waits_on={
        _S.CREATED: _P.PAYER,
        _S.REDIRECTED: _P.PAYER,
        _S.VERIFYING: _P.US,
        _S.CAPTURED_UNCONFIRMED: _P.US,
        _S.UNKNOWN: _P.US,
        _S.CAPTURED: _P.NOBODY,
        _S.DECLINED: _P.NOBODY,
        _S.CANCELLED: _P.NOBODY,
        _S.ABANDONED: _P.NOBODY,
        _S.VOIDED: _P.NOBODY,
        _S.MISMATCH: _P.STAFF,
    },
)

_LIVE_SQL = ", ".join(f"'{state.value}'" for state in sorted(LIVE))


class PaymentAttempt(Record, table=True):
    """`trackid` is ours, at most 19 of A-Z and 0-9, unique for ever; the gateway's numbers come with the evidence.

    `start_key` is of the page whose button started it: that page starts no second one. `return_token` stands only in
    our acknowledgement of a notice: who comes back with it was sent by the gateway, which has therefore read the
    acknowledgement. `acknowledged_at` is when the newest notice of a capture was acknowledged, `held_since` since when
    a capture is seen that does not count yet. `asked_at` is when the newest inquiry was made whose answer counted,
    `decided_by` the way by which the evidence of the present state came. `captured_fils` is what the gateway took, also
    where that is not what was asked. `version` counts the moves.
    """

    __tablename__ = "payment_attempt"
    __table_args__ = (
        UniqueConstraint("gateway", "trackid"),
        UniqueConstraint("order_id", "start_key"),
        Index("uq_payment_attempt_one_live", "order_id", unique=True, postgresql_where=text(f"state in ({_LIVE_SQL})")),
        *(Index(f"ix_payment_attempt_{each}", text(f"upper({each})")) for each in ("paymentid", "tranid", "ref")),
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        CheckConstraint("trackid ~ '^[A-Z0-9]{1,19}$'", name="trackid_form"),
    )

    order_id: UUID = Field(foreign_key="payment_order.id", index=True)
    gateway: str
    trackid: str
    amount_fils: int
    state: AttemptState = Field(default=ATTEMPT.start, sa_type=stored_enum(AttemptState))
    version: int = 0
    decided_by: EvidenceKind | None = Field(default=None, sa_type=stored_enum(EvidenceKind))
    start_key: UUID | None = None
    page_expires_at: datetime = Field(sa_type=Moment)
    next_check_at: datetime | None = Field(default=None, sa_type=Moment, index=True)
    checks_done: int = 0
    asked_at: datetime | None = Field(default=None, sa_type=Moment)
    not_found_since: datetime | None = Field(default=None, sa_type=Moment)
    cancel_heard: bool = False
    held_since: datetime | None = Field(default=None, sa_type=Moment)
    return_token: UUID = Field(default_factory=uuid4, unique=True)
    acknowledged_at: datetime | None = Field(default=None, sa_type=Moment)
    returned_at: datetime | None = Field(default=None, sa_type=Moment)
    paymentid: str | None = None
    tranid: str | None = None
    ref: str | None = None
    auth: str | None = None
    postdate: date | None = None
    captured_at: datetime | None = Field(default=None, sa_type=Moment)
    captured_fils: int | None = None

    def apply(self, event: AttemptEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.state
        self.state = ATTEMPT.after(before, event)
        self.version += 1
        return Transition.of(self, event=event, before=before, after=self.state, act=act)

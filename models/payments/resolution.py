"""What staff say became of money when no gateway does: one asks for it, another approves what both have seen."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum


class Verdict(StrEnum):
    """What the bank's portal or letter shows. The first three are of an attempt, the others of a refund."""

    CAPTURED = "captured"
    DECLINED = "declined"
    VOIDED = "voided"
    REFUND_EXECUTED = "refund_executed"
    REFUND_NOT_EXECUTED = "refund_not_executed"


class Resolution(Record, table=True):
    """`snapshot` is the attempt's or refund's version that the first person looked at: if it moved, look again."""

    __tablename__ = "resolution"
    __table_args__ = (
        CheckConstraint("approved_by is null or approved_by <> requested_by", name="second_person"),
        CheckConstraint("(attempt_id is null) <> (refund_id is null)", name="of_one_thing"),
        Index(
            "uq_resolution_open",
            "attempt_id",
            "refund_id",
            unique=True,
            postgresql_where=text("applied_at is null and withdrawn_at is null"),
            postgresql_nulls_not_distinct=True,
        ),
    )

    attempt_id: UUID | None = Field(default=None, foreign_key="payment_attempt.id", index=True)
    refund_id: UUID | None = Field(default=None, foreign_key="refund.id", index=True)
    verdict: Verdict = Field(sa_type=stored_enum(Verdict))
    reason: str
    evidence: str  # where it was seen: the bank's portal and date, a letter's number
    snapshot: int
    requested_by: str
    approved_by: str | None = None
    applied_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)

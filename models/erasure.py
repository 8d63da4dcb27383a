"""Erasing a case's personal data: who asked, who approved, and how far it has come; and what forbids it.

What goes, and what stays, is in `infra/retaining/`: `forgetting.py` (rows), `words.py` (what staff typed),
`erasing.py` (files).
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum

ERASED: Final = "erased"
"""Stands where personal data stood that cannot be empty; with a number or id behind it where it must be unique."""


class ErasureCause(StrEnum):
    RETENTION = "retention"  # its time was over
    REQUEST = "request"  # asked for, and approved by another person


class Erasure(Record, table=True):
    """Never deleted, and what was once filled in never changes (trigger). `begun_at` is the point of no return.

    `evidence` and the history let go of personal data only while a row of this table says that it has begun.
    """

    __tablename__ = "erasure"
    __table_args__ = (
        CheckConstraint("approved_by is null or approved_by <> requested_by", name="second_person"),
        CheckConstraint("cause <> 'request' or begun_at is null or approved_by is not null", name="approved"),
        CheckConstraint("finished_at is null or begun_at is not null", name="begun"),
        CheckConstraint("withdrawn_at is null or begun_at is null", name="withdrawn_before"),
        Index("uq_erasure_one", "case_id", unique=True, postgresql_where=text("withdrawn_at is null")),
        Index(
            "ix_erasure_unfinished",
            "begun_at",
            postgresql_where=text("begun_at is not null and finished_at is null"),
        ),
    )

    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    cause: ErasureCause = Field(sa_type=stored_enum(ErasureCause))
    reason: str
    requested_by: str
    approved_by: str | None = None
    begun_at: datetime | None = Field(default=None, sa_type=Moment)
    finished_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Moment)
    withdrawn_by: str | None = None
    objects: int | None = None  # how many files went


class LegalHold(Record, table=True):
    """A court, a complaint or an audit needs the case as it is. Never deleted; lifted once (trigger)."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("uq_legal_hold_open", "case_id", unique=True, postgresql_where=text("lifted_at is null")),)

    case_id: UUID = Field(foreign_key="renewal_case.id")
    reason: str
    placed_by: str
    lifted_at: datetime | None = Field(default=None, sa_type=Moment)
    lifted_by: str | None = None

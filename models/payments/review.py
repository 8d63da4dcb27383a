"""The work list: what only a person can settle, each with what to do about it in both languages."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
from models.errors import RuleBookError


class ReviewKind(StrEnum):
    UNKNOWN_OUTCOME = "unknown_outcome"
    MISMATCH = "mismatch"
    CONTRADICTION = "contradiction"
    REVERSED = "reversed"
    REFUND_UNKNOWN = "refund_unknown"
    REFUND_REJECTED = "refund_rejected"
    UNKNOWN_PAYMENT = "unknown_payment"
    NOT_SETTLED = "not_settled"
    REFUND_NOT_SETTLED = "refund_not_settled"
    EXTERNAL_REFUND = "external_refund"
    TOTALS_DIFFER = "totals_differ"


BLOCKING: Final = frozenset(
    {
        ReviewKind.UNKNOWN_OUTCOME,
        ReviewKind.MISMATCH,
        ReviewKind.CONTRADICTION,
        ReviewKind.REVERSED,
        ReviewKind.NOT_SETTLED,
        ReviewKind.EXTERNAL_REFUND,
    }
)
"""While one of these is open, its order takes no payment and its cases do not go on."""

HEALS_BY_EVIDENCE: Final = frozenset({ReviewKind.UNKNOWN_OUTCOME, ReviewKind.NOT_SETTLED, ReviewKind.REFUND_UNKNOWN})
"""These end by themselves when the gateway or the bank's file says what became of the money."""


class ReviewWords(BaseModel):
    """What it is, and what staff do about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_en: str
    title_ar: str
    do_en: str
    do_ar: str


@cache
def review_words() -> Mapping[ReviewKind, ReviewWords]:
    """The words of every kind; a kind without words is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "reviews.yaml").read_text("utf-8"))
    words = TypeAdapter(dict[ReviewKind, ReviewWords]).validate_python(data)
    if missing := sorted(set(ReviewKind) - words.keys()):
        raise RuleBookError(f"models/payments/reviews.yaml: no words for {', '.join(missing)}")
    return words


class ReviewItem(Record, table=True):
    """One question for staff. `subject` names what it is about (an attempt, a refund, a line of a file): open once."""

    __tablename__ = "review_item"
    __table_args__ = (
        Index("uq_review_item_open", "kind", "subject", unique=True, postgresql_where=text("resolved_at is null")),
    )

    kind: ReviewKind = Field(sa_type=stored_enum(ReviewKind))
    subject: str
    note: str = ""
    order_id: UUID | None = Field(default=None, foreign_key="payment_order.id", index=True)
    attempt_id: UUID | None = Field(default=None, foreign_key="payment_attempt.id")
    refund_id: UUID | None = Field(default=None, foreign_key="refund.id")
    evidence_id: UUID | None = Field(default=None, foreign_key="gateway_evidence.id")
    resolved_at: datetime | None = Field(default=None, sa_type=Moment)
    resolved_by: str | None = None
    resolution: str | None = None

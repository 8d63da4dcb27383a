"""The work list: what only a person can settle, each with what to do about it in both languages."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from functools import cache
from importlib.resources import files
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
    EXTENDED_UNPAID = "extended_unpaid"
    CANCELLED_PAID = "cancelled_paid"


class ClosedBy(StrEnum):
    """Who may close it."""

    STAFF = "staff"
    AFTER_REFUND = "after_refund"  # staff, once no refund of the order is under way
    TWO_PERSONS = "two_persons"


class ReviewWords(BaseModel):
    """What it is, and what staff do about it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title_en: str
    title_ar: str
    do_en: str
    do_ar: str


class ReviewRules(ReviewWords):
    """What follows from it: see `reviews.yaml`. `completed_en` and `completed_ar` may be empty."""

    completed_en: str = ""
    completed_ar: str = ""
    blocks: bool
    heals: bool
    closed_by: ClosedBy

    @property
    def words(self) -> ReviewWords:
        return ReviewWords.model_validate({name: getattr(self, name) for name in ReviewWords.model_fields})

    @property
    def words_when_completed(self) -> ReviewWords:
        """Of an order whose cases are all completed."""
        if not self.completed_en:
            return self.words
        return self.words.model_copy(update={"do_en": self.completed_en, "do_ar": self.completed_ar})


@cache
def review_rules() -> Mapping[ReviewKind, ReviewRules]:
    """The words and the rules of every kind; a kind without them is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "reviews.yaml").read_text("utf-8"))
    rules = TypeAdapter(dict[ReviewKind, ReviewRules]).validate_python(data)
    if missing := sorted(set(ReviewKind) - rules.keys()):
        raise RuleBookError(f"models/payments/reviews.yaml: nothing about {', '.join(missing)}")
    return rules


@cache
def review_words() -> Mapping[ReviewKind, ReviewWords]:
    return {kind: rules.words for kind, rules in review_rules().items()}


@cache
def blocking() -> frozenset[ReviewKind]:
    """While one of these is open, its order takes no payment and its cases do not go on."""
    return frozenset(kind for kind, rules in review_rules().items() if rules.blocks)


@cache
def healing() -> frozenset[ReviewKind]:
    """These end by themselves when the gateway or the bank's file says what became of the money."""
    return frozenset(kind for kind, rules in review_rules().items() if rules.heals)


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

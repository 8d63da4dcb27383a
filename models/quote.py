"""The stored quote: itemised, pinned to its rule book, never changed (trigger)."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.base import CURRENCY, Record


class FeeQuote(Record, table=True):
    __tablename__ = "fee_quote"
    __table_args__ = (
        UniqueConstraint("case_id", "version"),
        CheckConstraint("total_fils > 0", name="total_positive"),
        CheckConstraint("currency = 'KWD'", name="currency"),
    )

    case_id: UUID = Field(foreign_key="renewal_case.id")
    version: int
    total_fils: int
    currency: str = CURRENCY
    priced_on: date  # the day in Kuwait whose prices were used
    rule_book: str
    digest: str  # sha256 over the lines


class FeeLine(Record, table=True):
    """Why each fil: the rule, its source, since when it is in force, and to whom it is owed."""

    __tablename__ = "fee_line"
    __table_args__ = (
        UniqueConstraint("quote_id", "position"),
        CheckConstraint("amount_fils >= 0", name="amount_not_negative"),
    )

    quote_id: UUID = Field(foreign_key="fee_quote.id")
    position: int
    person_id: UUID | None = Field(default=None, foreign_key="case_person.id")
    rule: str
    payee_en: str
    payee_ar: str
    amount_fils: int
    label_en: str
    label_ar: str
    explain_en: str
    explain_ar: str
    instrument_en: str
    instrument_ar: str
    source: str
    in_force_from: date | None = None
    needs_confirmation: bool = False

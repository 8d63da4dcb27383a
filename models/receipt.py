"""The receipt of a case: numbered once, rendered once, stored once; it cannot exist without captured money."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field

from models.base import CURRENCY, Moment, Record


class Revoked(StrEnum):
    """Why a receipt stands no more, as it is kept with it."""

    REFUNDED = "the payment was refunded"
    TAKEN_BACK = "the bank took the payment back"


class Receipt(Record, table=True):
    """Numbered first; `sha256` and `object_key` come when the PDF is stored, and nothing changes after (trigger).

    It is revoked, once, when the money that it stands on was taken or given back. A case has one that stands, at most:
    when it is paid again, the newest is the one that counts.
    """

    __tablename__ = "receipt"
    __table_args__ = (
        Index("uq_receipt_case_id_standing", "case_id", unique=True, postgresql_where=text("revoked_at is null")),
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        CheckConstraint("currency = 'KWD'", name="currency"),
        CheckConstraint("(sha256 is null) = (object_key is null)", name="stored_whole"),
    )

    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    order_id: UUID = Field(foreign_key="payment_order.id", index=True)
    capture_entry_id: UUID = Field(foreign_key="ledger_entry.id")
    number: str = Field(unique=True)
    amount_fils: int
    currency: str = CURRENCY
    issued_at: datetime = Field(sa_type=Moment)
    object_key: str | None = Field(default=None, unique=True)
    sha256: str | None = None
    size: int | None = None
    revoked_at: datetime | None = Field(default=None, sa_type=Moment)
    revoked_because: str | None = None


class ReceiptCounter(Record, table=True):
    """The last receipt number of a year in Kuwait, taken under its row lock: no gap and no double."""

    __tablename__ = "receipt_counter"

    year: int = Field(unique=True)
    last: int


def receipt_number(year: int, count: int) -> str:
    """`RC-2026-000001`."""
    return f"RC-{year}-{count:06d}"

"""A bank's settlement file as it was imported: once, line by line, each line with what it was found to be."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, UniqueConstraint
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
from models.payments.posting import PostingKind


class LineClass(StrEnum):
    """What a line was found to be; everything but the first is for the work list, or was mended by the line."""

    MATCHED = "matched"
    LATE_CAPTURE = "late_capture"  # money of a payment that we did not know to be captured
    UNKNOWN_PAYMENT = "unknown_payment"
    AMOUNT_DIFFERS = "amount_differs"
    SURPLUS = "surplus"  # a second capture of one order
    REVERSED = "reversed"
    MATCHED_REFUND = "matched_refund"
    EXTERNAL_REFUND = "external_refund"
    DUPLICATE = "duplicate"  # the same line again: counted once
    CONTRADICTION = "contradiction"


class SettlementFile(Record, table=True):
    """Imported once, by its hash; `finished_at` is empty while an import is under way or was interrupted.

    `sha256` is of its bytes; of a file without lines, of its gateway, its profile and its day too.

    Its sums are those of a whole file: more than two million dinars, in fils, no longer fit an ordinary integer.
    """

    __tablename__ = "settlement_file"

    gateway: str
    profile: str
    sha256: str = Field(unique=True)
    name: str
    first_day: date
    last_day: date
    captures_fils: int = Field(sa_type=BigInteger)
    refunds_fils: int = Field(sa_type=BigInteger)
    fees_fils: int = Field(sa_type=BigInteger)
    net_fils: int = Field(sa_type=BigInteger)
    imported_by: str
    finished_at: datetime | None = Field(default=None, sa_type=Moment)


class SettlementLine(Record, table=True):
    __tablename__ = "settlement_line"
    __table_args__ = (UniqueConstraint("file_id", "number"),)

    file_id: UUID = Field(foreign_key="settlement_file.id")
    number: int
    line_class: LineClass = Field(sa_type=stored_enum(LineClass))
    kind: PostingKind = Field(sa_type=stored_enum(PostingKind))
    posted_on: date
    trackid: str
    paymentid: str
    tranid: str = Field(index=True)
    ref: str
    amount_fils: int
    fee_fils: int
    attempt_id: UUID | None = Field(default=None, foreign_key="payment_attempt.id", index=True)
    refund_id: UUID | None = Field(default=None, foreign_key="refund.id", index=True)
    evidence_id: UUID = Field(foreign_key="gateway_evidence.id")

"""The ledger: every fil that moved, from one account to another, append-only (trigger), each with its evidence."""

from datetime import date
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlmodel import Field

from models.base import CURRENCY, Record, stored_enum


class LedgerKind(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"
    VOID = "void"
    SETTLEMENT = "settlement"
    FEE = "fee"
    ADJUSTMENT = "adjustment"


class LedgerAccount(StrEnum):
    GATEWAY = "gateway"  # owed to us by the gateway until it settles
    BANK = "bank"
    ORDERS = "orders"  # owed by us to the payees of the paid orders
    SUSPENSE = "suspense"  # money whose owner or purpose is not settled yet
    GATEWAY_FEES = "gateway_fees"


class LedgerEntry(Record, table=True):
    """One balanced movement: debit and credit are the same amount, so the books cannot be out of balance.

    `booked_on` is the day in Kuwait that it counts for: of what a bank's file tells, the bank's own day. Without an
    order it is money whose order nobody knows, or a bank's fee.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (
        UniqueConstraint("kind", "gateway", "gateway_ref"),
        CheckConstraint("amount_fils > 0", name="amount_positive"),
        CheckConstraint("debit <> credit", name="two_accounts"),
        CheckConstraint("currency = 'KWD'", name="currency"),
    )

    order_id: UUID | None = Field(default=None, foreign_key="payment_order.id", index=True)
    kind: LedgerKind = Field(sa_type=stored_enum(LedgerKind))
    debit: LedgerAccount = Field(sa_type=stored_enum(LedgerAccount, check="debit"))
    credit: LedgerAccount = Field(sa_type=stored_enum(LedgerAccount, check="credit"))
    amount_fils: int
    currency: str = CURRENCY
    booked_on: date = Field(index=True)
    gateway: str
    gateway_ref: str
    evidence_id: UUID = Field(foreign_key="gateway_evidence.id")

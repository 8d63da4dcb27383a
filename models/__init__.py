"""What is true: tables, state machines, rules, money, fees. No network, clock, settings or Prefect.

Importing the package loads every table, so that `metadata` is complete.
"""

from sqlmodel import SQLModel

from models import (
    account,
    attempt,
    batch,
    case,
    document,
    evidence,
    history,
    ledger,
    obstacle,
    order,
    outbox,
    person,
    quote,
    receipt,
    refund,
)

metadata = SQLModel.metadata

__all__ = [
    "account",
    "attempt",
    "batch",
    "case",
    "document",
    "evidence",
    "history",
    "ledger",
    "metadata",
    "obstacle",
    "order",
    "outbox",
    "person",
    "quote",
    "receipt",
    "refund",
]

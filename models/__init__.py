"""What is true: tables, state machines, rules, money, fees. No network, clock, settings or Prefect.

Importing the package loads every table, so that `metadata` is complete.
"""

from sqlmodel import SQLModel

from models import account, batch, case, document, history, obstacle, outbox, person, quote, receipt, run_lease
from models.payments import (
    attempt,
    evidence,
    gateway_pause,
    ledger,
    order,
    refund,
    resolution,
    review,
    settlement_file,
)

metadata = SQLModel.metadata

__all__ = [
    "account",
    "attempt",
    "batch",
    "case",
    "document",
    "evidence",
    "gateway_pause",
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
    "resolution",
    "review",
    "run_lease",
    "settlement_file",
]

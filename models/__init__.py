"""What is true: tables, state machines, rules, money, fees. No network, clock, settings or Prefect.

Importing the package loads every table, so that `metadata` is complete.
"""

from sqlmodel import SQLModel

from models import (
    account,
    batch,
    case,
    document,
    engine,
    erasure,
    history,
    message,
    obstacle,
    outbox,
    person,
    queue_tally,
    quote,
    receipt,
    release,
    reminder,
    run_lease,
)
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
    "engine",
    "erasure",
    "evidence",
    "gateway_pause",
    "history",
    "ledger",
    "message",
    "metadata",
    "obstacle",
    "order",
    "outbox",
    "person",
    "queue_tally",
    "quote",
    "receipt",
    "refund",
    "release",
    "reminder",
    "resolution",
    "review",
    "run_lease",
    "settlement_file",
]

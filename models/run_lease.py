"""Who carries which run: a worker that lives, and its leases; our own word, for Prefect's may be of a dead worker."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Field

from models.base import Moment, Record

WORKER_LIFE: Final = timedelta(seconds=15)
"""A worker that was not seen for so long is dead: its runs are given to others, and what it still writes is refused."""


class Worker(Record, table=True):
    """A worker process. `seen_at` is by the database's clock, so that machines need not agree about the time."""

    __tablename__ = "worker"

    name: str
    seen_at: datetime = Field(sa_type=Moment, index=True)


class RunLease(Record, table=True):
    """The right to carry one run. `id` is the fencing token: it is new each time that a run is taken up.

    One worker carries a run, and one run carries a case, at a time.
    """

    __tablename__ = "run_lease"

    flow_run_id: UUID = Field(unique=True)
    case_id: UUID | None = Field(default=None, unique=True)
    worker_id: UUID = Field(foreign_key="worker.id", index=True)

"""Which Prefect database holds the runs: another one has none of them, and every open case needs a new run."""

from typing import Final
from uuid import UUID

from models.base import Record

ENGINE_ID: Final = UUID(int=0)
"""There is one row."""


class Engine(Record, table=True):
    """`deployment_id` is Prefect's id of the renewal's deployment: a new database gives a new one."""

    __tablename__ = "engine"

    deployment_id: UUID

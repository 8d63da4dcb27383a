"""A release that staff asked for in the Prefect UI, kept under the id of its run: repeated, the run releases once."""

from typing import Any

from sqlalchemy import JSON
from sqlmodel import Field

from models.base import Record


class ReleaseRound(Record, table=True):
    """`id` is the run's. `cases` is what its table shows: references and places in the queue, nobody's data."""

    __tablename__ = "release_round"

    actor: str
    cases: list[dict[str, Any]] = Field(sa_type=JSON)

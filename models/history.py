"""The append-only history of every status: what changed, by which event, who, when, why, on which evidence."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

from sqlalchemy import Index
from sqlmodel import Field

from models.base import Moment, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who does something, when, why, and on which evidence; passed to every `apply`."""

    actor: str
    at: datetime
    reason: str | None = None
    evidence_id: UUID | None = None


class Transition(Record, table=True):
    """Never updated or deleted (trigger). `entity` is the table's name."""

    __tablename__ = "transition"
    __table_args__ = (
        Index(None, "entity", "entity_id", "at"),
        Index("ix_transition_at", "at", postgresql_using="brin"),  # rows come in the order of their time
    )

    entity: str
    entity_id: UUID
    event: str
    before: str
    after: str
    actor: str
    at: datetime = Field(sa_type=Moment)
    reason: str | None = None
    evidence_id: UUID | None = Field(default=None, foreign_key="gateway_evidence.id")

    @classmethod
    def of(cls, record: Record, *, event: str, before: str, after: str, act: Act) -> Self:
        """The row to be written in the same commit as the new status."""
        return cls(
            entity=str(record.__tablename__),
            entity_id=record.id,
            event=event,
            before=before,
            after=after,
            actor=act.actor,
            at=act.at,
            created_at=act.at,
            reason=act.reason,
            evidence_id=act.evidence_id,
        )


def is_same_person(one: str, other: str) -> bool:
    """However the name was typed: a second person is not the first one in capitals."""
    return one.strip().casefold() == other.strip().casefold()

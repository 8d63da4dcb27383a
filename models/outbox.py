"""Word to be carried to Prefect: written with the change that causes it, delivered after the commit, at least once."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum


class OutboxKind(StrEnum):
    START_RUN = "start_run"
    WAKE_RUN = "wake_run"


class OutboxMessage(Record, table=True):
    """`due_at` in the future makes it a durable timer. Receivers may see a message twice and must not mind."""

    __tablename__ = "outbox_message"
    __table_args__ = (Index("ix_outbox_message_due", "due_at", postgresql_where=text("delivered_at is null")),)

    kind: OutboxKind = Field(sa_type=stored_enum(OutboxKind))
    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    due_at: datetime = Field(sa_type=Moment)
    delivered_at: datetime | None = Field(default=None, sa_type=Moment)
    tries: int = 0

"""A gateway that takes no new payments for now: its credentials do not work, or staff stopped it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Moment, Record


class GatewayPause(Record, table=True):
    """One open pause a gateway. Payments under way are asked about all the same."""

    __tablename__ = "gateway_pause"
    __table_args__ = (
        Index("uq_gateway_pause_open", "gateway", unique=True, postgresql_where=text("lifted_at is null")),
    )

    gateway: str
    reason: str
    paused_by: str
    evidence_id: UUID | None = Field(default=None, foreign_key="gateway_evidence.id")
    lifted_at: datetime | None = Field(default=None, sa_type=Moment)
    lifted_by: str | None = None
    lifted_because: str | None = None

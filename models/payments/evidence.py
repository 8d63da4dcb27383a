"""What a gateway told us, kept as it came: the append-only inbox of payment evidence."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum


class EvidenceOutcome(StrEnum):
    """What one answer of a gateway says; only an inquiry may end an attempt by it."""

    CAPTURED = "captured"
    DECLINED = "declined"
    CANCELLED = "cancelled"
    IN_PROGRESS = "in_progress"
    NOT_FOUND = "not_found"
    HOST_TIMEOUT = "host_timeout"
    VOIDED = "voided"
    REFUNDED = "refunded"
    MALFORMED = "malformed"
    TRANSPORT_ERROR = "transport_error"
    CONFIG_ERROR = "config_error"
    UNRECOGNISED = "unrecognised"
    NOT_SENT = "not_sent"  # nothing left our side: the same may be tried again


class EvidenceKind(StrEnum):
    """By which way the evidence came. Only an inquiry decides; a browser's error return is the weakest."""

    CALLBACK = "callback"
    ERROR_RETURN = "error_return"
    INQUIRY = "inquiry"
    REFUND_REPLY = "refund_reply"
    OPERATOR = "operator"
    SETTLEMENT_LINE = "settlement_line"


class GatewayEvidence(Record, table=True):
    """One answer. Never updated or deleted (trigger); the same callback twice is one row (digest)."""

    __tablename__ = "gateway_evidence"
    __table_args__ = (
        UniqueConstraint("gateway", "digest"),
        Index("ix_gateway_evidence_names", text("evidence_names(fields)"), postgresql_using="gin"),
        Index("ix_gateway_evidence_unowned", "gateway", "received_at", postgresql_where=text("attempt_id is null")),
    )

    gateway: str
    kind: EvidenceKind = Field(sa_type=stored_enum(EvidenceKind))
    outcome: EvidenceOutcome = Field(sa_type=stored_enum(EvidenceOutcome))
    received_at: datetime = Field(sa_type=Moment)
    attempt_id: UUID | None = Field(default=None, foreign_key="payment_attempt.id", index=True)
    fields: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    raw: bytes
    digest: str

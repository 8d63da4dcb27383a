"""An obstacle (مانع): one reason that keeps a case from being renewed, by rule id, with its words as they were then."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Field

from models.base import Moment, Record, stored_enum


class ObstacleKind(StrEnum):
    BLOCKER = "blocker"
    FEE_RULE = "fee_rule"
    DOCUMENT = "document"


class Obstacle(Record, table=True):
    """`lifted_at` is set when the reason is gone, for example when a missing document came."""

    __tablename__ = "obstacle"

    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="case_person.id")
    kind: ObstacleKind = Field(sa_type=stored_enum(ObstacleKind))
    rule: str
    reason_en: str
    reason_ar: str
    remedy_en: str | None = None
    remedy_ar: str | None = None
    office_en: str | None = None
    office_ar: str | None = None
    lifted_at: datetime | None = Field(default=None, sa_type=Moment)

"""A batch: the many employees that an organisation hands in at once and pays in one payment."""

from uuid import UUID

from sqlmodel import Field

from models.base import Record, stored_enum
from models.service import Service


class Batch(Record, table=True):
    __tablename__ = "batch"

    reference: str = Field(unique=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    service: Service = Field(sa_type=stored_enum(Service))
    organisation_file: str

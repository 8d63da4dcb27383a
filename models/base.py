"""What every table shares: id, time, the naming of constraints, and enums that the database checks too."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import DateTime, Enum
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

Moment: Final[Any] = DateTime(timezone=True)

CURRENCY: Final = "KWD"


def stored_enum(kind: type[StrEnum], *, check: str | None = None) -> Any:
    """A text column that holds the enum's values, with a CHECK (named `check`): the database has the last word."""
    return Enum(
        kind,
        name=check or kind.__name__.lower(),
        native_enum=False,
        length=40,
        create_constraint=True,
        values_callable=lambda members: [member.value for member in members],
    )


class Record(SQLModel):
    """`created_at` is given by the caller: the domain does not know the clock."""

    id: UUID = Field(default_factory=uuid4, primary_key=True)
    created_at: datetime = Field(sa_type=Moment)

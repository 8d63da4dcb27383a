"""Who applies or works with cases: applicants, operators of organisations, staff."""

from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record, stored_enum
from models.erasure import ERASED
from models.service import Language


class Role(StrEnum):
    APPLICANT = "applicant"
    OPERATOR = "operator"
    STAFF = "staff"


class Account(Record, table=True):
    """One person in one role; an operator acts for one organisation."""

    __tablename__ = "account"
    __table_args__ = (
        UniqueConstraint("role", "civil_number", "organisation_file", postgresql_nulls_not_distinct=True),
    )

    role: Role = Field(sa_type=stored_enum(Role))
    civil_number: str
    organisation_file: str | None = None
    mobile: str
    language: Language = Field(sa_type=stored_enum(Language))

    @property
    def is_erased(self) -> bool:
        return self.civil_number.startswith(ERASED)

    def erase(self) -> None:
        """Forget who it was; the organisation's file number is no person's."""
        self.civil_number, self.mobile = f"{ERASED}-{self.id}", ERASED

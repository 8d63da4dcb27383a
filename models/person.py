"""A person whose permit a case renews: what was handed in, and what the registries confirmed of it."""

from datetime import date
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.erasure import ERASED


class CasePerson(Record, table=True):
    """`position` counts from 1; the period is set with the quote."""

    __tablename__ = "case_person"
    __table_args__ = (
        UniqueConstraint("case_id", "position"),
        UniqueConstraint("case_id", "civil_number"),
        CheckConstraint("years between 1 and 15", name="years"),
        CheckConstraint("period_end > period_start", name="period"),
        Index(None, "permit_expires", "id"),
        Index(None, "period_end", "id"),
    )

    case_id: UUID = Field(foreign_key="renewal_case.id")
    position: int
    civil_number: str = Field(index=True)
    passport_mrz_1: str
    passport_mrz_2: str
    article: int
    relation: str | None = None
    years: int
    name_ar: str | None = None
    name_latin: str | None = None
    permit_expires: date | None = None
    period_start: date | None = None
    period_end: date | None = None

    @property
    def label(self) -> str:
        """How quotes and findings name this person without personal data: p1, p2 and so on."""
        return f"p{self.position}"

    @property
    def is_erased(self) -> bool:
        return self.civil_number.startswith(ERASED)

    def erase(self) -> None:
        """Forget who it was; article, years and period stay, for the fees were computed from them."""
        self.civil_number = f"{ERASED}-{self.position}"
        self.passport_mrz_1 = self.passport_mrz_2 = ERASED
        self.relation = self.name_ar = self.name_latin = self.permit_expires = None

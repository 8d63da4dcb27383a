"""What one condition may look at: a rule, the person or the sponsor it is asked of, and their records."""

from dataclasses import dataclass
from datetime import date

from models.checks.facts import Detail, PersonFacts, Records, RenewalFacts
from models.fees.days import age_in_years
from models.rules.blockers import Blocker
from models.rules.services import ServiceRule


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Look:
    on: date
    rule: Blocker
    application: RenewalFacts
    service: ServiceRule
    records: Records

    @property
    def born(self) -> date | None:
        return self.records.civil.born if self.records.civil else None

    @property
    def age(self) -> int | None:
        return None if self.born is None else age_in_years(self.born, on=self.on)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonLook(Look):
    """One person of the application."""

    person: PersonFacts
    position: int  # counts from 1

    @property
    def born(self) -> date:
        return self.records.civil.born if self.records.civil else self.person.passport.born


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SponsorLook(Look):
    """The sponsor or head of family who applies; `sponsored` are the records of those the rule is about."""

    sponsored: tuple[Records, ...]


def found(blocks: bool, **detail: str | int) -> Detail | None:  # noqa: FBT001 - reads as a sentence: found(fine > 0)
    """The detail of a finding, or None where nothing blocks."""
    return detail if blocks else None


def shown_date(day: date) -> str:
    return f"{day:%d/%m/%Y}"

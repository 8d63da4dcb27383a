"""For how long a permit may be renewed, and when: limits in years, documents that bound the end, the window."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from models.rules.coverage import one_in_force, some_answer
from models.rules.reading import RuleFile
from models.rules.rule import Refusing, Rule
from models.rules.scope import Scope

_FILE = "durations.yaml"

Years = Annotated[int, Field(ge=1, le=15)]


class MaxYears(Refusing):
    """Every entry that holds applies: the shortest wins."""

    years: Years


class MinYears(Refusing):
    years: Years


class EndCap(Refusing):
    """The new permit may not end after this document does."""

    bounded_by: Literal["passport", "sponsor_permit", "work_permit", "health_insurance"]


class PassportMonths(Refusing):
    """Months that the passport must still be valid on the day of the application."""

    months: Annotated[int, Field(ge=1, le=24)]


class RenewalWindow(Refusing):
    months_before: Annotated[int, Field(ge=1, le=12)]


class EndOfTerm(Rule):
    """How the last day of the new permit is found from the last day of the old one."""

    end: Literal["same_day_years_later"]
    feb_29_becomes: Literal["feb_28"]


@dataclass(frozen=True, slots=True)
class Durations:
    end_of_term: EndOfTerm
    min_years: tuple[MinYears, ...]
    max_years: tuple[MaxYears, ...]
    end_caps: tuple[EndCap, ...]
    passport_months: tuple[PassportMonths, ...]
    renewal_window: tuple[RenewalWindow, ...]

    def rules(self) -> tuple[Rule, ...]:
        limits = (*self.min_years, *self.max_years, *self.end_caps, *self.passport_months, *self.renewal_window)
        return (self.end_of_term, *limits)

    def faults(self, scope: Sequence[Scope]) -> Iterator[str]:
        yield from some_answer(_FILE, self.min_years, scope)
        yield from some_answer(_FILE, self.max_years, scope)


def read_durations(folder: Path, faults: list[str]) -> Durations | None:
    """None when nothing says how a term ends."""
    file = RuleFile(folder, _FILE, faults)
    ends = file.entries("end_of_term", EndOfTerm)
    faults += one_in_force(_FILE, "end_of_term", ends)
    min_years, max_years = file.entries("min_years", MinYears), file.entries("max_years", MaxYears)
    end_caps, passport_months = file.entries("end_caps", EndCap), file.entries("passport_months", PassportMonths)
    window = file.entries("renewal_window", RenewalWindow)
    return Durations(ends[0], min_years, max_years, end_caps, passport_months, window) if ends else None

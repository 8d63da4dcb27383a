"""For how long a permit may be renewed, and when: limits in years, documents that bound the end, the window."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from models.rules.coverage import check_one_in_force, check_some_answer
from models.rules.reading import entries, read_file
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


def read_durations(folder: Path, scope: Sequence[Scope]) -> Durations:
    content = read_file(folder, _FILE)
    ends = entries(content, "end_of_term", EndOfTerm, file=_FILE)
    check_one_in_force(_FILE, "end_of_term", ends)
    durations = Durations(
        end_of_term=ends[0],
        min_years=entries(content, "min_years", MinYears, file=_FILE),
        max_years=entries(content, "max_years", MaxYears, file=_FILE),
        end_caps=entries(content, "end_caps", EndCap, file=_FILE),
        passport_months=entries(content, "passport_months", PassportMonths, file=_FILE),
        renewal_window=entries(content, "renewal_window", RenewalWindow, file=_FILE),
    )
    check_some_answer(_FILE, durations.min_years, scope)
    check_some_answer(_FILE, durations.max_years, scope)
    return durations

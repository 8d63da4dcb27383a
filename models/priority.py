"""What another day of waiting costs the persons of a case: the order of the intake queue, as a pure rule."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction
from math import ceil
from typing import Final, NamedTuple

from models.money import Money
from models.rules.rule import Fine
from models.rules.situation import Situation
from models.rules.tariff import UndecidedError, the_one

NO_DAYS: Final = 0
"""Days to expiry of a permit that is over, and of one whose end nobody has told us yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One person: the article, and the permit's last day; None: not known, or the registry knows no permit."""

    article: int
    expires: date | None


class Urgency(NamedTuple):
    """The smaller, the more urgent. Compared as it stands, then by age: the order that staff are promised.

    `saved` is what releasing today instead of tomorrow saves, in fils, below zero; `days` are those to the first
    permit's end; `capped` is 1 when fines have run and none grows any more; `persons` is below zero.
    """

    saved: int
    days: int
    capped: int
    persons: int


@dataclass(frozen=True, slots=True)
class Rank:
    """What is stored of an urgency: equal to it in order on every day before `again_on`, though no day stands in it.

    `key` has the permit's last day (as an ordinal) where the urgency has the days to it.
    """

    key: tuple[int, int, int, int]
    expires: date | None
    again_on: date | None


class QueueOrder(StrEnum):
    """In which order staff release."""

    MOST_URGENT = "most_urgent"
    OLDEST_FIRST = "oldest_first"


def urgency(persons: Sequence[Waiting], fines: Sequence[Fine], *, on: date) -> Urgency:
    """What delay costs on that day in Kuwait, by the fines that the rule book has in force then."""
    saved = sum(_growth(each, fines, on=on) for each in persons)
    known = [each.expires for each in persons if each.expires is not None]
    days = max(NO_DAYS, (min(known) - on).days) if known else NO_DAYS
    capped = saved == 0 and any(_at_cap(each, fines, on=on) for each in persons)
    return Urgency(-saved, days, int(capped), -len(persons))


def rank(persons: Sequence[Waiting], fines: Sequence[Fine], *, on: date) -> Rank:
    """The urgency as a key that holds until `again_on`, when the next fine begins, grows otherwise or ends."""
    now = urgency(persons, fines, on=on)
    known = [each.expires for each in persons if each.expires is not None]
    ahead = min(known).toordinal() if now.days > NO_DAYS else NO_DAYS
    turns = {day for each in persons for day in _turns(each, fines, on=on) if day > on}
    return Rank(
        key=(now.saved, ahead, now.capped, now.persons),
        expires=min(known, default=None),
        again_on=min(turns, default=None),
    )


def in_words(key: Sequence[int], expires: date | None, *, on: date) -> str:
    """Why a case with this key stands where it stands, in a few words; `expires` is its first permit's last day."""
    if expires is None:
        return "the permit's last day is not known yet"
    left = (expires - on).days
    when = f"the permit ended {_days(-left)} ago" if left < 0 else f"the permit ends in {_days(left)}"
    if left == 0:
        when = "the permit ends today"
    saved, _, capped, _ = key
    if saved:
        return f"each day costs {Money(-saved).english}: {when}"
    return f"the fine is at its cap: {when}" if capped else when


def _days(count: int) -> str:
    return f"{count} day{'' if count == 1 else 's'}"


def _growth(person: Waiting, fines: Iterable[Fine], *, on: date) -> int:
    """By how many fils the person's fine is higher tomorrow than today."""
    fine = _fine(person, fines, on=on)
    if fine is None or person.expires is None:
        return 0
    late = (on - person.expires).days
    return (fine.due(late + 1) - fine.due(late)).fils


def _at_cap(person: Waiting, fines: Iterable[Fine], *, on: date) -> bool:
    fine = _fine(person, fines, on=on)
    return fine is not None and person.expires is not None and fine.due((on - person.expires).days) == fine.cap


def _fine(person: Waiting, fines: Iterable[Fine], *, on: date) -> Fine | None:
    """None where the rule book names no fine: the registry's article may be one that it does not know."""
    try:
        return the_one(fines, Situation(article=person.article, newborn=False), on=on)
    except UndecidedError:
        return None


def _turns(person: Waiting, fines: Sequence[Fine], *, on: date) -> Iterator[date]:
    """Days on which the person's part of the urgency may become another one."""
    yield from (each.effective_from for each in fines if each.effective_from is not None)
    yield from (each.effective_to + timedelta(days=1) for each in fines if each.effective_to is not None)
    if person.expires is None:
        return
    yield person.expires
    fine = _fine(person, fines, on=max(on, person.expires))
    if fine is not None:
        last = _days_to_cap(fine)
        yield from (person.expires + timedelta(days=late) for late in (fine.first_days, last - 1, last))


def _days_to_cap(fine: Fine) -> int:
    """The first day late on which the whole cap is owed; 0 when that day never comes."""
    first = fine.first_rate.fils * fine.first_days
    if first >= fine.cap.fils:
        return ceil(Fraction(fine.cap.fils, fine.first_rate.fils or 1))
    if not fine.after_rate.fils:
        return 0
    return fine.first_days + ceil(Fraction(fine.cap.fils - first, fine.after_rate.fils))

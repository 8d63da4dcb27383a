"""The facts that rules ask about, and the conditions under which a rule answers."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from functools import cached_property

from pydantic import BaseModel, ConfigDict

NO_ARTICLE = 0  # the sponsor is known and holds no residency article: a Kuwaiti, or an organisation


class SponsorKind(StrEnum):
    KUWAITI = "kuwaiti"
    EXPATRIATE = "expatriate"
    ORGANISATION = "organisation"


class Relation(StrEnum):
    """To the head of family, article 22. A parent is priced as any other dependant."""

    SPOUSE = "spouse"
    CHILD = "child"
    PARENT = "parent"
    OTHER = "other"
    CHILD_OF_NATURALISED_MOTHER = "child_of_woman_naturalised_by_marriage"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """What is known of one person on the day of the price. None: not known."""

    article: int
    relation: Relation | None = None
    sponsor: SponsorKind | None = None
    sponsor_article: int | None = None
    within_quota: bool | None = None
    worker_no: int | None = None
    age: int | None = None
    age_months: int | None = None
    newborn: bool | None = None
    farm: bool | None = None
    degree: bool | None = None

    def __str__(self) -> str:
        known = ((fact, getattr(self, fact)) for fact in FACTS)
        return ", ".join(f"{fact} {value}" for fact, value in known if value is not None)


FACTS = tuple(field.name for field in fields(Situation))


class Range(BaseModel):
    """Whole numbers from `min` to `max`, both inclusive; an absent end is open."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    min: int | None = None
    max: int | None = None

    def admits(self, value: int) -> bool:
        return (self.min is None or self.min <= value) and (self.max is None or value <= self.max)


class When(BaseModel):
    """Conditions on the facts of the same name; an absent one does not matter to the rule."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    article: tuple[int, ...] | None = None
    relation: tuple[Relation, ...] | None = None
    sponsor: tuple[SponsorKind, ...] | None = None
    sponsor_article: tuple[int, ...] | None = None
    within_quota: bool | None = None
    worker_no: Range | None = None
    age: Range | None = None
    age_months: Range | None = None
    newborn: bool | None = None
    farm: bool | None = None
    degree: bool | None = None

    @cached_property
    def conditions(self) -> Mapping[str, "Condition"]:
        stated = ((fact, getattr(self, fact)) for fact in FACTS)
        return {fact: condition for fact, condition in stated if condition is not None}

    def unknown(self, situation: Situation) -> list[str] | None:
        """The facts still needed to say yes, in the order of `FACTS`; None: a known fact says no."""
        needed = []
        for fact, condition in self.conditions.items():
            value = getattr(situation, fact)
            if value is None:
                needed.append(fact)
            elif not _admits(condition, value):
                return None
        return needed

    def holds(self, situation: Situation) -> bool:
        """True where every fact asked about is known and says yes."""
        return self.unknown(situation) == []


Condition = bool | Range | tuple[int, ...] | tuple[Relation, ...] | tuple[SponsorKind, ...]


def _admits(condition: Condition, value: int | str | bool) -> bool:  # noqa: FBT001  a fact may be a truth value
    if isinstance(condition, bool):
        return condition is value
    if isinstance(condition, Range):
        return condition.admits(int(value))
    return value in condition

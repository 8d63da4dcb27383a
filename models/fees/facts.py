"""What a price is computed from: one case, its sponsor, its persons. Also the schema of the calculator's input."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from models.errors import InputError
from models.registry import Sex
from models.rules.situation import Relation, SponsorKind
from models.service import Service

_ISO_DAY = re.compile(r"(19|20)\d{2}-\d{2}-\d{2}", re.ASCII)


def _day(value: object) -> object:
    if isinstance(value, str) and not _ISO_DAY.fullmatch(value):
        raise ValueError(f"{value!r} is not a day; write it as 2026-01-31")
    if not isinstance(value, str | date):
        raise ValueError("is not a day; write it as text, like 2026-01-31")  # noqa: TRY004  pydantic wants ValueError
    return value


Day = Annotated[date, BeforeValidator(_day)]
Number = Annotated[int, Field(strict=True)]
Flag = Annotated[bool, Field(strict=True)]


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SponsorFacts(_Facts):
    """Who sponsors: exactly one of the three."""

    article: Annotated[
        Number | None,
        Field(ge=14, le=31, description="An expatriate sponsor's own residency article; prices articles 20, 22, 29."),
    ] = None
    kuwaiti: Annotated[Flag, Field(description="The sponsor is a Kuwaiti citizen.")] = False
    organisation: Annotated[Flag, Field(description="The sponsor is a company or a government body.")] = False

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        if [self.article is not None, self.kuwaiti, self.organisation].count(True) != 1:
            raise ValueError('give exactly one of {"article": 18}, {"kuwaiti": true}, {"organisation": true}')
        return self

    @property
    def kind(self) -> SponsorKind:
        if self.article is not None:
            return SponsorKind.EXPATRIATE
        return SponsorKind.KUWAITI if self.kuwaiti else SponsorKind.ORGANISATION


class PersonFacts(_Facts):
    """One person to renew. Leave out what does not concern them."""

    person: Annotated[
        str | None,
        Field(min_length=1, max_length=40, description="Label in the result, never a name. Absent: p1, p2, ..."),
    ] = None
    article: Annotated[Number, Field(ge=14, le=31, description="Article of the residency; 17 to 31 are priced.")]
    relation: Annotated[
        Relation | None,
        Field(description="To the head of family. Needed for article 22."),
    ] = None
    born: Annotated[
        Day | None,
        Field(description="Needed for children before 2025-12-23 and for newborns. Absent: no limit by age applies."),
    ] = None
    sex: Annotated[Sex | None, Field(description="No price depends on it.")] = None
    years: Annotated[
        Number, Field(ge=0, le=99, description="Whole years asked for; the rules refuse what is too long.")
    ]
    permit_expires: Annotated[
        Day | None,
        Field(
            description="Last day of the present permit; the new one runs from it. Absent: from the day of the price."
        ),
    ] = None
    passport_expires: Annotated[
        Day | None, Field(description="Bounds permits before 2025-12-23. Absent: the passport is not checked.")
    ] = None
    insured_until: Annotated[
        Day | None,
        Field(description="Last day of the health insurance already paid; bounds the term. Absent: it is bought here."),
    ] = None
    sponsor_permit_expires: Annotated[
        Day | None, Field(description="Last day of the head of family's permit; bounds article 22. Absent: no bound.")
    ] = None
    work_permit_expires: Annotated[
        Day | None, Field(description="Last day of the work permit; bounds article 18. Absent: no bound.")
    ] = None
    worker_no: Annotated[
        Number | None,
        Field(ge=1, le=99, description="Which of the sponsor's domestic workers. Needed for article 20."),
    ] = None
    within_quota: Annotated[
        Flag, Field(description="Within the Kuwaiti family's number of domestic workers, article 20. Absent: within.")
    ] = True
    farm: Annotated[Flag, Field(description="Farm, fishing, herding or dairy worker, article 18. Absent: no.")] = False
    degree: Annotated[Flag, Field(description="Holds a university degree; counts from 60 on. Absent: yes.")] = True
    newborn: Annotated[
        Flag, Field(description="First residency of a child born in Kuwait, due within four months. Absent: no.")
    ] = False


class CaseFacts(_Facts):
    """One case to price, as of one day."""

    id: Annotated[str, Field(min_length=1, max_length=100, description="Comes back in the result.")]
    on: Annotated[Day, Field(description="The day in Kuwait whose prices apply, and to which a fine runs.")]
    service: Annotated[Service | None, Field(description="The service applied for. No price depends on it.")] = None
    sponsor: Annotated[
        SponsorFacts | None,
        Field(description="Needed for articles 20, 22 and 29. Absent: not known, or the person's own residency."),
    ] = None
    persons: Annotated[list[PersonFacts], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        if len(set(self.labels())) != len(self.persons):
            raise ValueError("two persons have the same label; give each its own `person`")
        return self

    def labels(self) -> list[str]:
        return [person.person or f"p{number}" for number, person in enumerate(self.persons, start=1)]


def parse_case(raw: object) -> CaseFacts:
    """InputError names the first wrong field by its path, like persons.0.relation, and what to do about it."""
    try:
        return CaseFacts.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        path = [str(part) for part in first["loc"]]
        raise InputError(".".join(path) or "case", _remedy(first, path)) from None


def schema() -> dict[str, Any]:
    """JSON Schema of the calculator's input: an array of cases."""
    return TypeAdapter(list[CaseFacts]).json_schema()


def _remedy(problem: Mapping[str, Any], path: list[str]) -> str:
    kind = problem["type"]
    if kind == "extra_forbidden":
        return f"there is no such field; the fields here are {', '.join(_fields_beside(path))}"
    if kind == "missing":
        return "is missing; give it a value"
    if kind == "model_type":
        return "is not an object with fields"
    message: str = problem["msg"]
    return message.removeprefix("Value error, ")


def _fields_beside(path: list[str]) -> list[str]:
    level: type[BaseModel] = CaseFacts
    if path[:-1]:
        level = SponsorFacts if path[0] == "sponsor" else PersonFacts
    return list(level.model_fields)

"""Where the rules come from: publications, and the laws and resolutions they report."""

from datetime import date

from pydantic import BaseModel, ConfigDict


class _Reference(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str


class Source(_Reference):
    """`also` holds further addresses; `date` is text as published: a day, a month, a year or a span."""

    title: str
    url: str | None
    also: tuple[str, ...] = ()
    date: str


class Instrument(_Reference):
    name_en: str
    name_ar: str
    fee_article: int | None = None
    gazette: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    source: str


def source_ids(source: str) -> list[str]:
    """`S1,S2` names two sources."""
    return [part.strip() for part in source.split(",")]

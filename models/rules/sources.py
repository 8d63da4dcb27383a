"""Where the rules come from: publications, and the laws and resolutions they report."""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from pydantic import BaseModel, ConfigDict

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
_DATED: Final = re.compile(r"(?P<year>\d{4})(-(?P<month>0[1-9]|1[0-2])(?!\d))?", re.ASCII)
"""Of a span, as of a year alone, the first month counts."""


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


def edition_faults(edition: object, sources: Iterable[Source]) -> Iterator[str]:
    """The edition is the month of the newest source: whether it is none, or a source is newer."""
    if not isinstance(edition, str) or _MONTH.fullmatch(edition) is None:
        yield f'sources.yaml: edition must be a month such as "2026-01", not {edition!r}'
        return
    for source in sources:
        dated = _DATED.match(source.date)
        if dated is not None and f"{dated['year']}-{dated['month'] or '01'}" > edition:
            yield (
                f"sources.yaml, entry {source.id}: its date {source.date} is after the edition {edition}; raise edition"
            )


def source_ids(source: str) -> list[str]:
    """`S1,S2` names two sources."""
    return [part.strip() for part in source.split(",")]

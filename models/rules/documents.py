"""Which documents a renewal asks for, as dated data: the kinds, and who has to hand in which."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path

from pydantic import Field

from models.errors import RuleBookError
from models.rules.dated import Dated
from models.rules.reading import DATA, entries, read_file
from models.rules.situation import Relation
from models.service import Service

_FILE = "documents.yaml"


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class DocumentKind(Dated):
    """`shared`: one copy in the application serves all its persons (the sponsor's card, for example)."""

    name_en: str
    name_ar: str
    shows_en: str
    shows_ar: str
    media: tuple[MediaType, ...] = Field(min_length=1)
    shared: bool = False


class Requirement(Dated):
    """`kind` is asked of everybody to whom all the given conditions apply; an absent condition applies to all."""

    kind: str
    services: frozenset[Service] | None = None
    articles: frozenset[int] | None = None
    relations: frozenset[Relation] | None = None
    min_age: int | None = None

    def asks(self, *, service: Service, article: int, relation: str | None, age: int, on: date) -> bool:
        return (
            self.in_force(on)
            and (self.services is None or service in self.services)
            and (self.articles is None or article in self.articles)
            and (self.relations is None or relation in self.relations)
            and (self.min_age is None or age >= self.min_age)
        )


class DocumentRules:
    """Kinds and requirements; every requirement names a known kind, and no id occurs twice."""

    def __init__(self, kinds: tuple[DocumentKind, ...], requirements: tuple[Requirement, ...]) -> None:
        self.kinds = {kind.id: kind for kind in kinds}
        self.requirements = requirements
        if len(self.kinds) != len(kinds) or len({entry.id for entry in requirements}) != len(requirements):
            raise RuleBookError("documents.yaml has an id twice")
        for entry in requirements:
            if entry.kind not in self.kinds:
                raise RuleBookError(f"documents.yaml: requirement {entry.id} names the unknown kind {entry.kind}")

    def __getitem__(self, kind: str) -> DocumentKind:
        try:
            return self.kinds[kind]
        except KeyError:
            raise RuleBookError(f"there is no document kind {kind}") from None

    def __iter__(self) -> Iterator[Dated]:
        yield from self.kinds.values()
        yield from self.requirements

    def required(
        self, *, service: Service, article: int, relation: str | None, age: int, on: date
    ) -> list[DocumentKind]:
        """What one person has to hand in on that day, in the order of the data."""
        asked = {
            entry.kind
            for entry in self.requirements
            if entry.asks(service=service, article=article, relation=relation, age=age, on=on)
        }
        return [kind for kind in self.kinds.values() if kind.id in asked]


def missing(
    required: Mapping[str, Sequence[DocumentKind]], given: Mapping[str, Collection[str]]
) -> dict[str, list[DocumentKind]]:
    """What each person (by label) still has to hand in; a shared kind is named once, for the first who needs it."""
    settled = {kind for kinds in given.values() for kind in kinds}
    gaps: dict[str, list[DocumentKind]] = {}
    for person, kinds in required.items():
        lacking = [kind for kind in kinds if kind.id not in (settled if kind.shared else given.get(person, ()))]
        settled |= {kind.id for kind in lacking if kind.shared}
        if lacking:
            gaps[person] = lacking
    return gaps


def load(folder: Path = DATA) -> DocumentRules:
    """Read `documents.yaml`; RuleBookError names what is wrong in it."""
    content = read_file(folder, _FILE)
    return DocumentRules(
        entries(content, "kinds", DocumentKind, file=_FILE),
        entries(content, "requirements", Requirement, file=_FILE),
    )

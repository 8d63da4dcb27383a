"""Which documents a renewal asks for, as dated data: the kinds, and who has to hand in which."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from models.errors import RuleBookError
from models.rules.dated import Dated
from models.rules.reading import RuleFile, twice
from models.rules.services import ServiceRule
from models.rules.situation import Relation
from models.service import Service

_FILE = "documents.yaml"
KIND_ID: Final = r"^[a-z_]{3,40}$"
"""What an application may write as a kind, and head a column of its spreadsheet with."""


def _sentence(text: str) -> str:
    if not text.strip().endswith("."):
        raise ValueError("must be a sentence that ends with a full stop")
    return text


Sentence = Annotated[str, AfterValidator(_sentence)]


class MediaType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"
    PDF = "application/pdf"


class DocumentKind(Dated):
    """`ask_en` and `ask_ar` tell a person to hand it in. `shared`: one copy serves all persons of the application."""

    id: str = Field(pattern=KIND_ID)
    name_en: str
    name_ar: str
    shows_en: str
    shows_ar: str
    ask_en: Sentence
    ask_ar: Sentence
    media: tuple[MediaType, ...] = Field(min_length=1)
    shared: bool = False


class Requirement(Dated):
    """`kind` is asked of everybody to whom all the given conditions apply; an absent condition applies to all."""

    kind: str
    services: frozenset[Service] | None = None
    articles: frozenset[int] | None = None
    relations: frozenset[Relation] | None = None
    min_age: int | None = None

    def concerns(self, service: ServiceRule) -> bool:
        """Whether the service renews anybody who may be asked for it."""
        return (
            (self.services is None or service.id in self.services)
            and (self.articles is None or bool(self.articles & service.articles))
            and (self.relations is None or bool(self.relations & service.relations))
        )

    def asks(self, *, service: Service, article: int, relation: str | None, age: int, on: date) -> bool:
        return (
            self.in_force(on)
            and (self.services is None or service in self.services)
            and (self.articles is None or article in self.articles)
            and (self.relations is None or relation in self.relations)
            and (self.min_age is None or age >= self.min_age)
        )


class DocumentRules:
    """Kinds and requirements."""

    def __init__(self, kinds: tuple[DocumentKind, ...], requirements: tuple[Requirement, ...]) -> None:
        self.kinds = {kind.id: kind for kind in kinds}
        self.requirements = requirements
        self._given = [kind.id for kind in kinds]

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

    def faults(self, services: Iterable[ServiceRule]) -> Iterator[str]:
        """Every requirement names a known kind, somebody is asked for it, and may hand it in on each of its days."""
        yield from twice(_FILE, self._given)
        yield from twice(_FILE, (entry.id for entry in self.requirements))
        offered = list(services)
        for entry in self.requirements:
            where, kind = f"{_FILE}, requirement {entry.id}", self.kinds.get(entry.kind)
            if kind is None:
                yield f"{where}: kind: names the unknown kind {entry.kind}"
            elif not kind.outlasts(entry):
                yield f"{where}: asks for {kind.id} on days on which documents of this kind are not in force"
            if not any(entry.concerns(service) for service in offered):
                yield f"{where}: no service renews anybody who is asked for it: see services, articles and relations"


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


def read_documents(folder: Path, faults: list[str]) -> DocumentRules:
    file = RuleFile(folder, _FILE, faults)
    return DocumentRules(file.entries("kinds", DocumentKind), file.entries("requirements", Requirement))

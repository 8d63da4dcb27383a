"""The rule book: every dated rule with its source, read once, checked, and known by a version."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from models.errors import RuleBookError
from models.rules import blockers, documents, services
from models.rules.blockers import BlockerRules
from models.rules.dated import Dated
from models.rules.documents import DocumentRules
from models.rules.fee_rules import FeeRules, read_fee_rules
from models.rules.reading import DATA, entries, read_file
from models.rules.rule import Rule
from models.rules.services import ServiceRules
from models.rules.sources import Instrument, Source, checked_edition, source_ids

AnyReference = TypeVar("AnyReference", Source, Instrument)


@dataclass(frozen=True, slots=True)
class RuleBook:
    version: str  # month of the newest source, and a digest of every data file
    sources: Mapping[str, Source]
    instruments: Mapping[str, Instrument]
    fees: FeeRules
    blockers: BlockerRules
    documents: DocumentRules
    services: ServiceRules

    def instrument_of(self, rule_id: str) -> Instrument | None:
        """The law or resolution that a fee rule carries out; None where only publications are known."""
        rules = {rule.id: rule for _, rule in self.fees.entries() if isinstance(rule, Rule)}
        instrument = rules[rule_id].instrument
        return self.instruments[instrument] if instrument else None


@cache
def rule_book() -> RuleBook:
    return load_rule_book(DATA)


def load_rule_book(folder: Path) -> RuleBook:
    """RuleBookError, naming file and entry, unless every question that may be asked has exactly one answer."""
    references = read_file(folder, "sources.yaml")
    sources = entries(references, "sources", Source, file="sources.yaml")
    instruments = entries(read_file(folder, "instruments.yaml"), "instruments", Instrument, file="instruments.yaml")
    book = RuleBook(
        version=f"{checked_edition(references.get('edition'), sources)}+{_digest(folder)}",
        sources=_by_id("sources.yaml", sources),
        instruments=_by_id("instruments.yaml", instruments),
        fees=read_fee_rules(folder),
        blockers=blockers.load(folder),
        documents=documents.load(folder),
        services=services.load(folder),
    )
    _check_references(book)
    return book


def _digest(folder: Path) -> str:
    """First 12 hex digits of the SHA-256 over name and content of every data file, in order of name."""
    digest = sha256()
    for file in sorted(folder.glob("*.yaml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _by_id(file: str, references: Sequence[AnyReference]) -> dict[str, AnyReference]:
    by_id: dict[str, AnyReference] = {}
    for reference in references:
        if reference.id in by_id:
            raise RuleBookError(f"{file}, entry {reference.id}: the id is there twice")
        by_id[reference.id] = reference
    return by_id


def _check_references(book: RuleBook) -> None:
    for file, rule in _rules(book):
        _check_sources(book, f"{file}, entry {rule.id}", rule.source)
        if isinstance(rule, Rule) and rule.instrument is not None and rule.instrument not in book.instruments:
            raise RuleBookError(f"{file}, entry {rule.id}: unknown instrument {rule.instrument}")
    for instrument in book.instruments.values():
        _check_sources(book, f"instruments.yaml, entry {instrument.id}", instrument.source)
    _check_ids(book.fees.entries())
    _check_services(book)


def _check_sources(book: RuleBook, where: str, source: str) -> None:
    for source_id in source_ids(source):
        if source_id not in book.sources:
            raise RuleBookError(f"{where}: unknown source {source_id!r}; sources.yaml names the known ones")


def _check_ids(rules: Iterable[tuple[str, Dated]]) -> None:
    """A rule id on a receipt leads to one entry."""
    seen: dict[str, str] = {}
    for file, rule in rules:
        if rule.id in seen:
            raise RuleBookError(f"{file}, entry {rule.id}: the id is taken by an entry of {seen[rule.id]}")
        seen[rule.id] = file


def _check_services(book: RuleBook) -> None:
    """Whatever a service lets a person apply with lies in the scope that is proved to have a price."""
    for service in book.services:
        for article in service.articles:
            rows = [row for row in book.fees.scope if article in row.article]
            relations = {relation for row in rows for relation in row.relation or service.relations}
            if not rows or not service.relations <= relations:
                raise RuleBookError(
                    f"services.yaml, entry {service.id}: article {article} is not in scope.yaml with every relation"
                    " of the service, so nothing proves that it has a price"
                )


def _rules(book: RuleBook) -> Iterator[tuple[str, Dated]]:
    yield from book.fees.entries()
    yield from (("blockers.yaml", rule) for rule in book.blockers)
    yield from (("documents.yaml", rule) for rule in book.documents)
    yield from (("services.yaml", rule) for rule in book.services)

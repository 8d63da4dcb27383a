"""The rule book: every dated rule with its source, read once, checked, and known by a version."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from models.errors import RuleBookError
from models.rules.blockers import BlockerRules, read_blockers
from models.rules.dated import Dated
from models.rules.documents import DocumentRules, read_documents
from models.rules.fee_rules import FeeRules, read_fee_rules
from models.rules.reading import DATA, RuleFile, tell, twice
from models.rules.rule import Rule
from models.rules.services import ServiceRules, read_services
from models.rules.sources import Instrument, Source, edition_faults, source_ids


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
    """RuleBookError, naming each file and entry, unless every question that may be asked has exactly one answer.

    What is written wrongly is told first, all of it; then all that does not fit together.
    """
    faults: list[str] = []
    references = RuleFile(folder, "sources.yaml", faults)
    edition, sources = references.value("edition"), references.entries("sources", Source)
    instruments = RuleFile(folder, "instruments.yaml", faults).entries("instruments", Instrument)
    fees = read_fee_rules(folder, faults)
    blockers, documents = read_blockers(folder, faults), read_documents(folder, faults)
    services = read_services(folder, faults)
    if faults or fees is None:
        raise RuleBookError(*faults)
    book = RuleBook(
        version=f"{edition}+{_digest(folder)}",
        sources={source.id: source for source in sources},
        instruments={instrument.id: instrument for instrument in instruments},
        fees=fees,
        blockers=blockers,
        documents=documents,
        services=services,
    )
    tell(
        [
            *edition_faults(edition, sources),
            *twice("sources.yaml", (source.id for source in sources)),
            *twice("instruments.yaml", (instrument.id for instrument in instruments)),
            *_faults(book),
        ]
    )
    return book


def _digest(folder: Path) -> str:
    """First 12 hex digits of the SHA-256 over name and content of every data file, in order of name."""
    digest = sha256()
    for file in sorted(folder.glob("*.yaml")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _faults(book: RuleBook) -> Iterator[str]:
    yield from book.fees.faults()
    yield from book.blockers.faults()
    yield from book.documents.faults(book.services)
    yield from book.services.faults()
    for file, rule in _rules(book):
        yield from _unknown_sources(book, f"{file}, entry {rule.id}", rule.source)
        if isinstance(rule, Rule) and rule.instrument is not None and rule.instrument not in book.instruments:
            yield f"{file}, entry {rule.id}: unknown instrument {rule.instrument}"
    for instrument in book.instruments.values():
        yield from _unknown_sources(book, f"instruments.yaml, entry {instrument.id}", instrument.source)
    yield from _taken_ids(book.fees.entries())
    yield from _without_basis(book.fees)
    yield from _unpriced_services(book)


def _unknown_sources(book: RuleBook, where: str, source: str) -> Iterator[str]:
    for source_id in source_ids(source):
        if source_id not in book.sources:
            yield f"{where}: unknown source {source_id!r}; sources.yaml names the known ones"


def _taken_ids(rules: Iterable[tuple[str, Dated]]) -> Iterator[str]:
    """A rule id on a receipt leads to one entry."""
    seen: dict[str, str] = {}
    for file, rule in rules:
        if rule.id in seen:
            yield f"{file}, entry {rule.id}: the id is taken by an entry of {seen[rule.id]}"
        seen[rule.id] = file


def _without_basis(fees: FeeRules) -> Iterator[str]:
    """A receipt prints the legal basis of whatever is collected; of entries of the past, publications are enough."""
    collected = {row.kind for row in fees.collections if row.collected}
    for fee in fees.other_fees:
        if fee.kind in collected and fee.effective_to is None and fee.instrument is None:
            yield (
                f"other_fees.yaml, entry {fee.id}: {fee.kind} is collected, and its receipt prints the legal basis:"
                " name its instrument (instruments.yaml)"
            )


def _unpriced_services(book: RuleBook) -> Iterator[str]:
    """Whatever a service lets a person apply with lies in the scope that is proved to have a price."""
    for service in book.services:
        for article in sorted(service.articles):
            rows = [row for row in book.fees.scope if article in row.article]
            relations = {relation for row in rows for relation in row.relation or service.relations}
            if not rows or not service.relations <= relations:
                yield (
                    f"services.yaml, entry {service.id}: article {article} is not in scope.yaml with every relation"
                    " of the service, so nothing proves that it has a price"
                )


def _rules(book: RuleBook) -> Iterator[tuple[str, Dated]]:
    yield from book.fees.entries()
    yield from (("blockers.yaml", rule) for rule in book.blockers)
    yield from (("documents.yaml", rule) for rule in book.documents)
    yield from (("services.yaml", rule) for rule in book.services)

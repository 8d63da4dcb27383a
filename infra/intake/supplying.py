"""Handing in documents later: what was missing or refused."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import UUID, uuid4

from sqlmodel import Session

from infra.case_report import case_by_reference
from infra.database import all_of, locked, unit_of_work
from infra.intake.reading import read_file
from infra.intake.storing import in_quarantine
from infra.payments.orders import wake
from infra.wiring import Ports
from models.case import CASE, Case, CaseEvent
from models.document import DOCUMENT, Document, DocumentEvent, quarantine_key
from models.errors import InputError, RuleError
from models.history import Act
from models.person import CasePerson
from models.rules.book import rule_book

FORM: Final = "passport=FILE, or p2:passport=FILE for another person than the first"


@dataclass(frozen=True, slots=True)
class Supplied:
    """A file for one document kind of one person (by label)."""

    person: str
    kind: str
    data: bytes


def supply_documents(ports: Ports, reference: str, supplied: Sequence[Supplied], *, actor: str) -> None:
    """Take the files into the case, all or none, and let its run go on; what they replace stays in the history.

    InputError names a wrong person, kind or size; RuleError when the case does not wait for documents, also when it
    ceased to while the files were stored: they go again then. A crash between leaves files that no row names;
    `retain` sweeps them.
    """
    now = ports.now()
    keys = {uuid4(): each for each in supplied}
    for each in supplied:
        _check(each, max_bytes=ports.settings.uploads.max_bytes)
    with unit_of_work(ports.engine) as session:
        _persons_of(_waiting_case(session, reference), session, supplied)
    papers = {quarantine_key(document_id): each.data for document_id, each in keys.items()}
    with in_quarantine(ports.store, papers), unit_of_work(ports.engine) as session:
        case = _waiting_case(session, reference)
        act = Act(actor=actor, at=now)
        persons = _persons_of(case, session, supplied)
        for document_id, each in keys.items():
            _replace_older(session, persons[each.person], each.kind, act)
            session.add(_document(document_id, each, case, persons[each.person], now=now))
        session.add_all([case.apply(CaseEvent.SUPPLY_DOCUMENTS, act), wake(case, now=now)])


def _check(each: Supplied, *, max_bytes: int) -> None:
    kinds = rule_book().documents.kinds
    if each.kind not in kinds:
        raise InputError("kind", f"{each.kind!r} is no document kind; use one of {', '.join(sorted(kinds))}")
    if not 0 < len(each.data) <= max_bytes:
        raise InputError(each.kind, f"the file has {len(each.data)} bytes; allowed are 1 to {max_bytes}")


def _waiting_case(session: Session, reference: str) -> Case:
    case = locked(session, Case, case_by_reference(session, reference).id)
    if not CASE.allows(case.status, CaseEvent.SUPPLY_DOCUMENTS):
        raise RuleError(f"{case.reference} does not wait for documents; it is {case.status}")
    return case


def _persons_of(case: Case, session: Session, supplied: Sequence[Supplied]) -> dict[str, CasePerson]:
    persons = {person.label: person for person in all_of(session, CasePerson, case_id=case.id)}
    for each in supplied:
        if each.person not in persons:
            known = ", ".join(sorted(persons))
            raise InputError("person", f"the case has no person {each.person!r}; it has {known}")
    return persons


def _replace_older(session: Session, person: CasePerson, kind: str, act: Act) -> None:
    for document in all_of(session, Document, person_id=person.id, kind=kind):
        if DOCUMENT.allows(document.state, DocumentEvent.REPLACE):
            session.add(document.apply(DocumentEvent.REPLACE, act))


def _document(document_id: UUID, each: Supplied, case: Case, person: CasePerson, *, now: datetime) -> Document:
    return Document(
        id=document_id,
        created_at=now,
        case_id=case.id,
        person_id=person.id,
        kind=each.kind,
        quarantine_key=quarantine_key(document_id),
        quarantine_sha256=hashlib.sha256(each.data).hexdigest(),
    )


def read_supplied(words: Sequence[str]) -> list[Supplied]:
    """`passport=FILE` and `p2:passport=FILE`, as the command line gives them."""
    return [_read_one(word) for word in words]


def _read_one(word: str) -> Supplied:
    what, equals, name = word.partition("=")
    person, colon, kind = what.rpartition(":")
    if not equals:
        raise InputError(word, f"write {FORM}")
    return Supplied(person if colon else "p1", kind, read_file(Path(name)))

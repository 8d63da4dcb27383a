"""The cases that an application becomes, with the ids and the quarantine keys of their documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

from models.application import Application, PersonInput
from models.document import quarantine_key


@dataclass(frozen=True, slots=True)
class DraftDocument:
    id: UUID
    kind: str
    quarantine_key: str
    data: bytes


@dataclass(frozen=True, slots=True)
class DraftPerson:
    given: PersonInput
    documents: list[DraftDocument]


@dataclass(frozen=True, slots=True)
class DraftCase:
    id: UUID
    persons: list[DraftPerson]

    @property
    def documents(self) -> list[DraftDocument]:
        return [document for person in self.persons for document in person.documents]


def draft_cases(
    application: Application, persons: Sequence[PersonInput], files: Mapping[str, bytes]
) -> list[DraftCase]:
    """One case for all persons; for a batch, one case a person."""
    groups = [[person] for person in persons] if application.service.is_batch else [list(persons)]
    return [_draft_case(group, files) for group in groups]


def _draft_case(persons: Sequence[PersonInput], files: Mapping[str, bytes]) -> DraftCase:
    return DraftCase(uuid4(), [DraftPerson(person, _draft_documents(person, files)) for person in persons])


def _draft_documents(person: PersonInput, files: Mapping[str, bytes]) -> list[DraftDocument]:
    ids = [uuid4() for _ in person.documents]
    return [
        DraftDocument(document_id, document.kind, quarantine_key(document_id), files[document.file])
        for document_id, document in zip(ids, person.documents, strict=True)
    ]

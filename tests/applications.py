"""Applications of synthetic people, complete with small files, for tests that then leave something out or change it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from infra.sandbox.people import Specimen
from infra.spreadsheet import write_employees
from models.application import DocumentInput, PersonInput
from models.fees.days import age_in_years
from models.mrz import write_td3
from models.rules.book import rule_book
from models.service import Language, Service
from tests.uploads import picture, text_pdf

Files = dict[str, bytes]


@dataclass
class Draft:
    """What is handed in; `without` leaves documents out, as pairs of position and kind."""

    service: Service
    applicant: Specimen
    persons: Sequence[Specimen]
    on: date
    years: int = 1
    language: Language = Language.ARABIC
    without: frozenset[tuple[int, str]] = frozenset()
    changes: dict[str, Any] = field(default_factory=dict)
    spoilt: frozenset[str] = frozenset()  # kinds whose file cannot be opened

    @property
    def files(self) -> Files:
        files: Files = {}
        persons = [self._person(place, each, files) for place, each in enumerate(self.persons, 1)]
        application: dict[str, Any] = {
            "service": self.service,
            "language": self.language,
            "applicant": {"civil_number": self.applicant.civil_number, "mobile": "+96500000000"},
        }
        if self.service.is_batch:
            kinds = sorted({document.kind for person in persons for document in person.documents})
            files["employees.xlsx"] = write_employees(persons, kinds=kinds)
            application |= {"organisation_file": _file_of(self.persons[0]), "spreadsheet": "employees.xlsx"}
        else:
            application["persons"] = [person.model_dump() for person in persons]
        return files | {"application.json": json.dumps(application | self.changes).encode()}

    def _person(self, place: int, person: Specimen, files: Files) -> PersonInput:
        residency = person.resident.residency
        assert residency is not None
        documents = []
        for kind in self._required(place, person):
            name = f"{kind}-{place}.bin"
            files[name] = b"%PDF-1.7 cut short" if kind in self.spoilt else _paper(kind)
            documents.append(DocumentInput(kind=kind, file=name))
        return PersonInput(
            civil_number=person.civil_number,
            passport_mrz=list(write_td3(person.passport)),
            article=residency.article,
            relation=residency.relation,
            years=self.years,
            documents=documents,
        )

    def _required(self, place: int, person: Specimen) -> list[str]:
        residency = person.resident.residency
        assert residency is not None
        kinds = rule_book().documents.required(
            service=self.service,
            article=residency.article,
            relation=residency.relation,
            age=age_in_years(person.passport.born, on=self.on),
            on=self.on,
        )
        return [kind.id for kind in kinds if (place, kind.id) not in self.without and not (kind.shared and place > 1)]


@cache
def _paper(kind: str) -> bytes:
    return text_pdf(kind) if "permit" in kind or "contract" in kind else picture()


def _file_of(person: Specimen) -> str:
    residency = person.resident.residency
    assert residency is not None
    return residency.sponsor_file or "1-1"

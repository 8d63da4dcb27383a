"""Puts an application folder together: application.json, the painted documents, the employees' spreadsheet."""

import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from infra.demo.portfolio import Renewal, paint
from infra.sandbox.people import Specimen
from infra.spreadsheet import write_employees
from models.application import ApplicantInput, Application, DocumentInput, PersonInput
from models.mrz import write_td3
from models.registry import ResidencyRecord
from models.rules.book import rule_book
from models.rules.documents import DocumentKind
from models.service import Language, Service

_SPREADSHEET: Final = "employees.xlsx"
_MOBILE: Final = "+96500000000"  # no number in Kuwait begins with 0
_SAVED_AT: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")


@dataclass(frozen=True, slots=True)
class Folder:
    application: Application
    files: dict[str, bytes]

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = self.application.model_dump_json(indent=1, exclude_unset=True, exclude_none=True)
        (folder / "application.json").write_text(f"{text}\n", encoding="utf-8")
        for name, data in self.files.items():
            (folder / name).write_bytes(data)


def fill(service: Service, *, applicant: Specimen, renewals: Sequence[Renewal], on: date, language: Language) -> Folder:
    """An application with every document that the rule book asks for on the day `on`."""
    files: dict[str, bytes] = {}
    persons: list[PersonInput] = []
    shared: set[str] = set()
    for position, renewal in enumerate(renewals, start=1):
        documents: list[DocumentInput] = []
        for kind in _required(renewal, service=service, on=on):
            if kind.id in shared:
                continue
            ending, data = paint(kind.id, renewal)
            name = f"{kind.id}-{position}.{ending}"
            files[name] = data
            documents.append(DocumentInput(kind=kind.id, file=name))
            shared |= {kind.id} if kind.shared else set()
        persons.append(_person(renewal, documents))
    whom: dict[str, Any] = {"persons": persons}
    if service.is_batch:
        files[_SPREADSHEET] = _employees(persons)
        organisation = _residency(renewals[0]).sponsor_file
        whom = {"organisation_file": organisation, "spreadsheet": _SPREADSHEET}
    mine = ApplicantInput(civil_number=applicant.civil_number, mobile=_MOBILE)
    return Folder(Application(service=service, language=language, applicant=mine, **whom), files)


def _required(renewal: Renewal, *, service: Service, on: date) -> Sequence[DocumentKind]:
    residency = _residency(renewal)
    born = renewal.person.passport.born
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    rules = rule_book().documents
    return rules.required(service=service, article=residency.article, relation=residency.relation, age=age, on=on)


def _person(renewal: Renewal, documents: list[DocumentInput]) -> PersonInput:
    residency = _residency(renewal)
    return PersonInput(
        civil_number=renewal.person.civil_number,
        passport_mrz=list(write_td3(renewal.person.passport)),
        article=residency.article,
        relation=residency.relation,
        years=renewal.years,
        documents=documents,
    )


def _residency(renewal: Renewal) -> ResidencyRecord:
    residency = renewal.person.resident.residency
    if residency is None:
        raise LookupError("a citizen has no residency to renew")
    return residency


def _employees(persons: Sequence[PersonInput]) -> bytes:
    """The operator's spreadsheet, without the moment of saving, so that the same demo has the same bytes."""
    kinds = sorted({document.kind for person in persons for document in person.documents})
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(write_employees(persons, kinds=kinds))) as saved,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as settled,
    ):
        for part in saved.namelist():
            content = _SAVED_AT.sub(rb"\g<1>2026-01-01T00:00:00Z", saved.read(part))
            settled.writestr(zipfile.ZipInfo(part), content, compress_type=zipfile.ZIP_DEFLATED)
    return out.getvalue()

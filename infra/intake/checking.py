"""What the schema cannot say: check digits, articles of the service, known document kinds, files that are there."""

from collections.abc import Mapping, Sequence
from datetime import date

from infra.settings import UploadSettings
from models.application import Application, DocumentInput, PersonInput
from models.civil_number import CivilNumber
from models.errors import InputError
from models.mrz import parse_td3
from models.rules.book import RuleBook, rule_book


def check(
    application: Application,
    persons: Sequence[PersonInput],
    files: Mapping[str, bytes],
    *,
    limits: UploadSettings,
    on: date,
) -> None:
    """Raise InputError for the first field that is wrong."""
    book = rule_book()
    CivilNumber.parse(application.applicant.civil_number, field="applicant.civil_number")
    seen: set[str] = set()
    for index, person in enumerate(persons):
        field = f"{application.spreadsheet}: row {index + 2}" if application.spreadsheet else f"persons.{index}"
        _check_person(application, person, field=field, on=on, book=book)
        if person.civil_number in seen:
            raise InputError(f"{field}.civil_number", "stands in the application twice; leave one of them out")
        seen.add(person.civil_number)
        for place, document in enumerate(person.documents):
            _check_document(document, files, field=f"{field}.documents.{place}", limits=limits, book=book)


def _check_person(application: Application, person: PersonInput, *, field: str, on: date, book: RuleBook) -> None:
    CivilNumber.parse(person.civil_number, field=f"{field}.civil_number")
    parse_td3(person.passport_mrz[0], person.passport_mrz[1], field=f"{field}.passport_mrz", on=on)
    articles = book.services[application.service].articles
    if person.article not in articles:
        allowed = ", ".join(map(str, sorted(articles)))
        raise InputError(
            f"{field}.article",
            f"service {application.service} renews articles {allowed}, not {person.article}; choose the other service",
        )


def _check_document(
    document: DocumentInput, files: Mapping[str, bytes], *, field: str, limits: UploadSettings, book: RuleBook
) -> None:
    if document.kind not in book.documents.kinds:
        known = ", ".join(sorted(book.documents.kinds))
        raise InputError(f"{field}.kind", f"{document.kind!r} is no document kind; use one of {known}")
    data = files.get(document.file)
    if data is None:
        raise InputError(f"{field}.file", f"there is no file {document.file!r} beside application.json")
    if not 0 < len(data) <= limits.max_bytes:
        raise InputError(
            f"{field}.file", f"{document.file!r} has {len(data)} bytes; allowed are 1 to {limits.max_bytes}"
        )

"""Many private-sector workers for measurements: each with their own numbers, all with the same painted files."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from infra.demo.folder import Folder, fill
from infra.demo.portfolio import Renewal
from infra.sandbox.people import Specimen, make_person
from infra.sandbox.population import Resident
from models.mrz import write_td3
from models.service import Language, Service

_ARTICLE = 18
_FIRST_NUMBER = 10_000  # the demo's own people come before


@dataclass(frozen=True, slots=True)
class Passerby:
    resident: Resident
    folder: Folder


def make_crowd(size: int, *, on: date) -> Iterator[Passerby]:
    """`size` applications to renew for one year with nothing in the way; their files are painted once."""
    pattern: Folder | None = None
    for number in range(_FIRST_NUMBER, _FIRST_NUMBER + size):
        person = make_person(number, article=_ARTICLE, on=on)
        if pattern is None:
            pattern = _folder(person, on=on)
        yield Passerby(person.resident, _in_the_name_of(person, pattern))


def _folder(person: Specimen, *, on: date) -> Folder:
    renewals = [Renewal(person, 1)]
    return fill(Service.INDIVIDUAL, applicant=person, renewals=renewals, on=on, language=Language.ARABIC)


def _in_the_name_of(person: Specimen, pattern: Folder) -> Folder:
    applicant = pattern.application.applicant.model_copy(update={"civil_number": person.civil_number})
    identity = {"civil_number": person.civil_number, "passport_mrz": list(write_td3(person.passport))}
    persons = [asked.model_copy(update=identity) for asked in pattern.application.persons]
    return Folder(pattern.application.model_copy(update={"applicant": applicant, "persons": persons}), pattern.files)

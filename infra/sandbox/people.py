"""Makes synthetic people with a record in every registry. The same arguments give the same person."""

from dataclasses import dataclass
from datetime import date, timedelta

from infra.sandbox.identities import UTOPIA, make_birthday, make_civil_record, make_passport
from infra.sandbox.population import Resident
from models.errors import InputError
from models.mrz import Passport
from models.registry import CivilRecord, InsuranceRecord, ResidencyRecord, Sex, TrafficRecord, WorkRecord

_SPONSORED = {20, 22, 29}
_FAMILY = {22, 29}
_WITH_WORK_PERMIT = {18, 19}
_DOMESTIC_WORKER = 20
_FILES = {17: "17-1000", 18: "18-1000", 19: "19-1000"}
_AGES = {"spouse": 33, "child": 8, "other": 62}
_AGE_OF_OTHERS = 35
_PERMIT_LEFT = timedelta(days=40)  # inside the two months in which it may be renewed
_FIVE_YEARS = timedelta(days=5 * 366)


@dataclass(frozen=True, slots=True)
class Specimen:
    """A synthetic person and their passport; `infra.sandbox.troubles` puts obstacles in the way."""

    resident: Resident
    passport: Passport

    @property
    def civil_number(self) -> str:
        return self.resident.civil_number


def make_citizen(number: int, *, on: date, age: int = 45) -> Specimen:
    """A Kuwaiti, who may sponsor a domestic worker and has no residency."""
    born = make_birthday(number, age=age, on=on)
    passport = make_passport(number, born=born, sex=Sex.MALE, nationality="KWT", on=on)
    return Specimen(Resident(civil=make_civil_record(number, passport)), passport)


def make_person(
    number: int,
    *,
    article: int,
    on: date,
    sponsor: Specimen | None = None,
    relation: str | None = None,
    age: int | None = None,
    sex: Sex = Sex.MALE,
    nationality: str = UTOPIA,
) -> Specimen:
    """A resident with nothing in the way, on the day `on`, of a renewal by up to five years.

    Domestic workers (article 20) and family (22, 29) need a `sponsor`; family also a `relation`: spouse, child, other.
    No two persons of one population share a `number`.
    """
    if article in _SPONSORED and sponsor is None:
        raise InputError("sponsor", f"a person of article {article} has a sponsor")
    years = _AGES.get(relation or "", _AGE_OF_OTHERS) if age is None else age
    born = make_birthday(number, age=years, on=on)
    passport = make_passport(number, born=born, sex=sex, nationality=nationality, on=on)
    civil = make_civil_record(number, passport)
    resident = Resident(
        civil=civil,
        residency=_residency(civil, article=article, on=on, sponsor=sponsor, relation=relation),
        insurance=InsuranceRecord(
            civil_number=civil.civil_number,
            insured_until=on + _PERMIT_LEFT + _FIVE_YEARS,
            receipt_number=f"SPECIMEN-{number:06d}",
        ),
        work=_work(civil, article=article, on=on) if article in _WITH_WORK_PERMIT else None,
        traffic=TrafficRecord(civil_number=civil.civil_number, unpaid_fines_fils=0),
    )
    return Specimen(resident, passport)


def _residency(
    civil: CivilRecord, *, article: int, on: date, sponsor: Specimen | None, relation: str | None
) -> ResidencyRecord:
    domestic = article == _DOMESTIC_WORKER
    return ResidencyRecord(
        civil_number=civil.civil_number,
        article=article,
        permit_expires=on + _PERMIT_LEFT,
        passport_number=civil.passport_number,
        name_latin=civil.name_latin,
        sponsor_civil_number=sponsor.civil_number if sponsor else None,
        sponsor_kuwaiti=sponsor is not None and sponsor.resident.residency is None,
        sponsor_file=_FILES.get(article),
        relation=relation if article in _FAMILY else None,
        worker_no=1 if domestic else None,
        within_quota=True if domestic else None,
        inside_kuwait=True,
        days_absent=0,
        biometrics_done=True,
        absence_report_open=False,
        court_judgment=False,
        state_debts_fils=0,
        residency_fines_fils=0,
    )


def _work(civil: CivilRecord, *, article: int, on: date) -> WorkRecord:
    return WorkRecord(
        civil_number=civil.civil_number,
        permit_number=f"SPECIMEN-{civil.passport_number}",
        permit_valid_until=on + _PERMIT_LEFT + _FIVE_YEARS,
        employer_file=_FILES[article],
        employer_file_suspended=False,
        basic_salary_fils=1_200_000,
        university_degree=True,
    )

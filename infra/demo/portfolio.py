"""Paints a document of any kind that the rule book knows, from what the registries record of the person."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from infra.demo.papers import Paper, write_pdf
from infra.demo.pictures import civil_id, passport_page, personal_photo
from infra.sandbox.people import Specimen
from models.money import Money
from models.rules.book import rule_book

_CLOSING: Final = "Issued by nobody, for a demonstration."
_Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the documents are handed in for."""

    person: Specimen
    years: int
    sponsor: Specimen | None = None


def paint(kind: str, renewal: Renewal) -> tuple[str, bytes]:
    """The file name's ending and the file."""
    if kind in _PICTURES:
        return "jpg", _PICTURES[kind](renewal)
    if kind in _PAPERS:
        title_en, title_ar, rows = _PAPERS[kind]
        return "pdf", write_pdf(Paper(title_en, title_ar, [*_whom(renewal.person), *rows(renewal)], _CLOSING))
    plain = rule_book().documents[kind]  # a kind that is new in the rule book needs no painter of its own
    return "pdf", write_pdf(Paper(plain.name_en, plain.name_ar, _whom(renewal.person), _CLOSING))


def _sponsor(renewal: Renewal) -> Specimen:
    if renewal.sponsor is None:
        raise LookupError("this renewal has no sponsor whose document could be painted")
    return renewal.sponsor


def _whom(person: Specimen) -> Sequence[_Row]:
    return [("Name", person.resident.civil.name_latin), ("Civil number", person.civil_number)]


def _work_permit(renewal: Renewal) -> Sequence[_Row]:
    work = renewal.person.resident.work
    if work is None:
        raise LookupError("the manpower authority knows no work permit of this person")
    return [
        ("Permit number", work.permit_number),
        ("Valid until", f"{work.permit_valid_until:%d/%m/%Y}"),
        ("Employer's file", work.employer_file),
        ("Basic salary", Money(work.basic_salary_fils).english),
    ]


def _letter(renewal: Renewal) -> Sequence[_Row]:
    return [("Residency", "Article 17, government sector"), *_period(renewal)]


def _period(renewal: Renewal) -> Sequence[_Row]:
    return [("Period of renewal", f"{renewal.years} year{'' if renewal.years == 1 else 's'}")]


def _contract(renewal: Renewal) -> Sequence[_Row]:
    sponsor = _sponsor(renewal)
    return [
        ("Sponsor", sponsor.resident.civil.name_latin),
        ("Sponsor's civil number", sponsor.civil_number),
        ("Monthly wage", Money.parse("120.000").english),
        ("Signatures", "(synthetic)"),
    ]


def _insured(renewal: Renewal) -> Sequence[_Row]:
    insurance = renewal.person.resident.insurance
    if insurance is None or insurance.insured_until is None:
        raise LookupError("the insurance register knows no cover of this person")
    return [
        ("Receipt number", insurance.receipt_number or ""),
        ("Insured until", f"{insurance.insured_until:%d/%m/%Y}"),
    ]


_PICTURES: Final[dict[str, Callable[[Renewal], bytes]]] = {
    "passport": lambda renewal: passport_page(renewal.person),
    "civil_id": lambda renewal: civil_id(renewal.person),
    "photo": lambda renewal: personal_photo(renewal.person),
    "sponsor_civil_id": lambda renewal: civil_id(_sponsor(renewal)),
}
_PAPERS: Final[dict[str, tuple[str, str, Callable[[Renewal], Sequence[_Row]]]]] = {
    "work_permit": ("Work permit", "إذن عمل", _work_permit),
    "government_letter": ("Government body's letter", "كتاب الجهة الحكومية", _letter),
    "commercial_licence": ("Commercial licence", "رخصة تجارية", lambda _: [("Partner's share", "60 %")]),
    "domestic_contract": ("Domestic-work contract", "عقد عمالة منزلية", _contract),
    "enrolment_certificate": ("Certificate of enrolment", "شهادة قيد", _period),
    "means_proof": ("Income certificate", "شهادة دخل", lambda _: [("Monthly income", Money.parse("1500.000").english)]),
    "private_health_policy": ("Private health policy", "وثيقة تأمين صحي خاص", _insured),
    "health_insurance_receipt": ("Health-insurance receipt", "إيصال الضمان الصحي", _insured),
}
PAINTED_KINDS: Final = frozenset(_PICTURES) | frozenset(_PAPERS)

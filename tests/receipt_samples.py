"""Receipts for tests: synthetic people, plausible fees."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from models.money import Money
from models.receipt_view import (
    Basis,
    KnetReferences,
    PayeeLines,
    ReceiptLine,
    ReceiptPerson,
    ReceiptView,
    Together,
    Words,
)

INTERIOR: Final = Words(
    ar="وزارة الداخلية، الإدارة العامة لشئون الإقامة",
    en="Ministry of Interior, General Department of Residency Affairs",
)
HEALTH: Final = Words(ar="وزارة الصحة", en="Ministry of Health")
RESOLUTION_2249: Final = Words(
    ar="مادة 39 من القرار الوزاري رقم 2249 لسنة 2025", en="Ministerial Resolution 2249/2025, Art. 39"
)
RESOLUTION_306: Final = Words(ar="قرار وزارة الصحة رقم 306 لسنة 2025", en="Ministry of Health Resolution 306/2025")
LAW_114: Final = Words(ar="المرسوم بقانون رقم 114 لسنة 2024", en="Decree-Law 114/2024")

LONG_NAME_AR: Final = "عبدالرحمن محمد عبدالعزيز عبدالمحسن إبراهيم السيد أبو الفتوح عبدالرؤوف الأنصاري"
LONG_NAME_LATIN: Final = "ABDULRAHMAN MOHAMMED ABDULAZIZ ABDULMOHSEN IBRAHIM ELSAYED ABOULFOTOUH ABDELRAOUF ALANSARI"
_NAMES: Final = (
    ("سليمان داود الرشيدي", "SULEIMAN DAWOOD ALRASHIDI"),
    ("مريم يوسف إسماعيل", "MARYAM YOUSEF ISMAIL"),
    ("لآلئ سليمان داود", "LAALI SULEIMAN DAWOOD"),
    (LONG_NAME_AR, LONG_NAME_LATIN),
    ("آلاء سليمان داود", "ALAA SULEIMAN DAWOOD"),
    ("يحيى سليمان داود", "YAHYA SULEIMAN DAWOOD"),
    ("هبة الله سليمان داود", "HEBATALLAH SULEIMAN DAWOOD"),
    ("ضياء سليمان داود", "DIYAA SULEIMAN DAWOOD"),
    ("ثناء سليمان داود", "THANAA SULEIMAN DAWOOD"),
    ("غيث سليمان داود", "GHAITH SULEIMAN DAWOOD"),
)


def of_a_company(view: ReceiptView) -> ReceiptView:
    """The same receipt as one of four cases of a company."""
    return replace(view, together=Together(organisation_file="18-1000", cases=4, amount=Money(840_000)))


def make_receipt(*, persons: int = 1, years: int = 1, late: bool = False) -> ReceiptView:
    """A worker alone, or a family joining its head; each person owes residency and insurance, if late a fine too."""
    people = tuple(_person(position, years=years) for position in range(1, persons + 1))
    interior = [_residency(person) for person in people]
    if late:
        interior += [_fine(person) for person in people]
    return ReceiptView(
        receipt_number="R-2026-0000417",
        case_reference="KW-26-7M3K-Q9",
        service=Words(ar="تجديد إقامة التحاق بعائل، مادة 22", en="Family joining residency renewal, Article 22"),
        issued_at=datetime(2026, 11, 23, 11, 5, 42, tzinfo=UTC),
        applicant_civil_number="2800•••••104",
        persons=people,
        payees=(PayeeLines(INTERIOR, tuple(interior)), PayeeLines(HEALTH, tuple(map(_insurance, people)))),
        payment=KnetReferences(
            payment_id="100202632700054321",
            transaction_id="202632754326789",
            reference="632711009876",
            auth_code="B45127",
            track_id="7M3KQ9A1",
            paid_at=datetime(2026, 11, 23, 11, 4, 9, tzinfo=UTC),
        ),
        verify_url="https://renewal.example/verify",
        qr_text="HTTPS://RENEWAL.EXAMPLE/VERIFY/" + "AEBAGBAFAYDQQCIKBMGA2DQPCAIREEYUCULBOGAZDINRYHI6D4" * 4,
    )


def _person(position: int, *, years: int) -> ReceiptPerson:
    name_ar, name_latin = _NAMES[(position - 1) % len(_NAMES)]
    return ReceiptPerson(
        position=position,
        name_ar=name_ar,
        name_latin=name_latin,
        civil_number="2850•••••015",
        article=22,
        period_start=date(2026, 12, 1),
        period_end=date(2026 + years, 11, 30),
        years=years,
    )


def _residency(person: ReceiptPerson) -> ReceiptLine:
    return ReceiptLine(
        label=Words(ar="رسم تجديد إقامة زوج أو ابن، مادة 22", en="Residency renewal fee, Article 22, spouse or child"),
        basis=Basis(
            rule="residency.article_22.spouse_child", instrument=RESOLUTION_2249, in_force_from=date(2025, 12, 23)
        ),
        amount=Money(20_000) * person.years,
        position=person.position,
    )


def _insurance(person: ReceiptPerson) -> ReceiptLine:
    return ReceiptLine(
        label=Words(ar="الضمان الصحي", en="Health insurance"),
        basis=Basis(rule="health_insurance.standard", instrument=RESOLUTION_306, in_force_from=date(2025, 12, 23)),
        amount=Money(100_000) * person.years,
        position=person.position,
    )


def _fine(person: ReceiptPerson) -> ReceiptLine:
    return ReceiptLine(
        label=Words(ar="غرامة تأخير تجديد الإقامة", en="Late renewal fine"),
        basis=Basis(rule="fine.late_renewal", instrument=LAW_114, in_force_from=date(2025, 1, 5)),
        amount=Money(2_500),
        position=person.position,
    )

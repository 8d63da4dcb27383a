"""What a receipt shows, and nothing else: what the template sees of a case, in both languages at once.

Civil numbers come masked. Times are aware; whoever prints them turns them into Asia/Kuwait.
"""

from dataclasses import dataclass
from datetime import date, datetime

from models.amount_words import in_arabic, in_english
from models.money import Money


@dataclass(frozen=True, slots=True)
class Words:
    """The same text in Arabic and in English."""

    ar: str
    en: str


@dataclass(frozen=True, slots=True)
class ReceiptPerson:
    """A person whose permit was renewed; `position` counts from 1 within the case."""

    position: int
    name_ar: str
    name_latin: str
    civil_number: str
    article: int
    period_start: date
    period_end: date
    years: int


@dataclass(frozen=True, slots=True)
class Basis:
    """Why a fee is owed: the rule of the rule book, the legal instrument behind it, in force since when."""

    rule: str
    instrument: Words
    in_force_from: date | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One fee; `position` says for whom (None: for the whole case)."""

    label: Words
    basis: Basis
    amount: Money
    position: int | None


@dataclass(frozen=True, slots=True)
class PayeeLines:
    """What is owed to one body."""

    payee: Words
    lines: tuple[ReceiptLine, ...]

    @property
    def subtotal(self) -> Money:
        return Money.total(line.amount for line in self.lines)


@dataclass(frozen=True, slots=True)
class KnetReferences:
    """By what the bank finds the payment again."""

    payment_id: str
    transaction_id: str
    reference: str
    auth_code: str
    track_id: str
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class Together:
    """The one payment of an organisation for several cases, of which this receipt is a part."""

    organisation_file: str
    cases: int
    amount: Money


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """One receipt. The total is the sum of the lines, so the page cannot contradict itself."""

    receipt_number: str
    case_reference: str
    service: Words
    issued_at: datetime
    applicant_civil_number: str
    persons: tuple[ReceiptPerson, ...]
    payees: tuple[PayeeLines, ...]
    payment: KnetReferences
    verify_url: str
    qr_text: str
    together: Together | None = None

    @property
    def total(self) -> Money:
        return Money.total(group.subtotal for group in self.payees)

    @property
    def bases(self) -> tuple[Basis, ...]:
        """Each basis once, in the order of the lines: the page prints the list and numbers the lines by it."""
        return tuple(dict.fromkeys(line.basis for group in self.payees for line in group.lines))

    @property
    def total_words(self) -> Words:
        return Words(ar=in_arabic(self.total), en=in_english(self.total))

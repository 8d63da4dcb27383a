"""What the receipt shows of a case, gathered from the database."""

from itertools import groupby
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of, fetch
from models.account import Account
from models.case import Case
from models.civil_number import CivilNumber
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderLine, PaymentOrder
from models.person import CasePerson
from models.quote import FeeLine
from models.receipt import Receipt
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
from models.rules.book import rule_book


def receipt_view(session: Session, case: Case, receipt: Receipt, *, public_url: str) -> ReceiptView:
    """Everything on the paper but the seal."""
    service = rule_book().services[case.service]
    people = sorted(all_of(session, CasePerson, case_id=case.id), key=lambda person: person.position)
    return ReceiptView(
        receipt_number=receipt.number,
        case_reference=case.reference,
        service=Words(ar=service.name_ar, en=service.name_en),
        issued_at=receipt.issued_at,
        applicant_civil_number=_masked(fetch(session, Account, case.account_id).civil_number),
        persons=tuple(_person(person) for person in people),
        payees=_payees(session, receipt, {person.id: person.position for person in people}),
        payment=_payment(session, receipt),
        verify_url=f"{public_url}/v",
        qr_text="",
        together=_together(session, case, receipt),
    )


def _together(session: Session, case: Case, receipt: Receipt) -> Together | None:
    order = fetch(session, PaymentOrder, receipt.order_id)
    if order.batch_id is None:
        return None
    cases = len(all_of(session, OrderLine, order_id=order.id))
    return Together(organisation_file=case.organisation_file or "", cases=cases, amount=Money(order.amount_fils))


def _person(person: CasePerson) -> ReceiptPerson:
    if person.period_start is None or person.period_end is None:
        raise ValueError("a paid person has a period")
    return ReceiptPerson(
        position=person.position,
        name_ar=person.name_ar or "",
        name_latin=person.name_latin or "",
        civil_number=_masked(person.civil_number),
        article=person.article,
        period_start=person.period_start,
        period_end=person.period_end,
        years=person.years,
    )


def _payees(session: Session, receipt: Receipt, positions: dict[UUID, int]) -> tuple[PayeeLines, ...]:
    share = all_of(session, OrderLine, order_id=receipt.order_id, case_id=receipt.case_id)[0]
    lines = all_of(session, FeeLine, quote_id=share.quote_id)
    lines.sort(key=lambda line: (line.payee_en, line.position))
    return tuple(
        PayeeLines(Words(ar=payee_ar, en=payee_en), tuple(_line(line, positions) for line in group))
        for (payee_en, payee_ar), group in groupby(lines, key=lambda line: (line.payee_en, line.payee_ar))
    )


def _line(line: FeeLine, positions: dict[UUID, int]) -> ReceiptLine:
    instrument = Words(ar=line.instrument_ar, en=line.instrument_en)
    return ReceiptLine(
        label=Words(ar=line.label_ar, en=line.label_en),
        basis=Basis(rule=line.rule, instrument=instrument, in_force_from=line.in_force_from),
        amount=Money(line.amount_fils),
        position=positions[line.person_id] if line.person_id else None,
    )


def _payment(session: Session, receipt: Receipt) -> KnetReferences:
    query = (
        select(PaymentAttempt)
        .join(GatewayEvidence, col(GatewayEvidence.attempt_id) == col(PaymentAttempt.id))
        .join(LedgerEntry, col(LedgerEntry.evidence_id) == col(GatewayEvidence.id))
        .where(col(LedgerEntry.id) == receipt.capture_entry_id)
    )
    attempt = session.exec(query).one()
    return KnetReferences(
        payment_id=attempt.paymentid or "",
        transaction_id=attempt.tranid or "",
        reference=attempt.ref or "",
        auth_code=attempt.auth or "",
        track_id=attempt.trackid,
        paid_at=attempt.captured_at or receipt.issued_at,
    )


def _masked(civil_number: str) -> str:
    return CivilNumber.parse(civil_number).masked

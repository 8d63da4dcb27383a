"""What is known of one case, for `status`, `fees explain` and the demo's table; no name and no full number in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from infra.clock import KUWAIT
from infra.database import all_of, fetch
from infra.payments.booking import refunded_fils
from infra.payments.orders import order_of
from infra.payments.starting import live_attempt
from infra.remedies import MANAGE
from models.batch import Batch
from models.case import Case, CaseEvent, CaseStatus
from models.civil_number import CivilNumber
from models.errors import MissingError
from models.history import Transition
from models.money import Money
from models.obstacle import Obstacle
from models.payments.attempt import AT_THE_PAGE, ATTEMPT, PaymentAttempt
from models.payments.order import PaymentOrder
from models.payments.refund import Refund
from models.person import CasePerson
from models.quote import FeeLine, FeeQuote
from models.receipt import Receipt
from models.states import Party


def case_by_reference(session: Session, reference: str) -> Case:
    """The case that people call by this reference; MissingError says so when there is none."""
    wanted = reference.strip().upper()
    found = all_of(session, Case, reference=wanted)
    if not found and all_of(session, Batch, reference=wanted):
        raise MissingError("case", wanted, remedy=f"it is a batch: its cases are in `{MANAGE} status {wanted}`")
    if not found:
        raise MissingError("case", reference)
    return found[0]


def case_report(session: Session, case: Case) -> dict[str, Any]:
    """Status, persons, quote, payment, receipt, obstacles and history, as JSON knows it."""
    persons = all_of(session, CasePerson, case_id=case.id)
    quotes = all_of(session, FeeQuote, case_id=case.id)
    issued = all_of(session, Receipt, case_id=case.id)
    receipt = next((each for each in issued if each.revoked_at is None), issued[-1] if issued else None)
    history = all_of(session, Transition, entity=Case.__tablename__, entity_id=case.id)
    return {
        "reference": case.reference,
        "service": case.service.value,
        "status": case.status.value,
        "waits_on": waits_on(session, case).value,
        "held": _held(case),
        "deadline": case.deadline.astimezone(KUWAIT).isoformat(timespec="minutes") if case.deadline else None,
        "flow_run_id": str(case.flow_run_id) if case.flow_run_id else None,
        "amount_fils": quotes[-1].total_fils if quotes else None,
        "persons": [_person(person) for person in sorted(persons, key=lambda person: person.position)],
        "obstacles": obstacles_of(session, case),
        "payment": payment_report(session, order_of(session, case)),
        "receipt": receipt.number if receipt else None,
        "receipt_path": f"/receipts/{receipt.id}.pdf" if receipt and receipt.sha256 else None,
        "receipt_revoked": _revoked(receipt) if receipt else None,
        "history": [_step(each) for each in history],
        "seconds_submission_to_quote": _seconds(case.created_at, history, CaseEvent.QUOTE),
        "seconds_payment_to_receipt": _seconds(_moment(history, CaseEvent.PAY), history, CaseEvent.ISSUE_RECEIPT),
    }


def fee_report(session: Session, case: Case) -> dict[str, Any]:
    """Why each fil of the newest quote: rule, source, since when in force."""
    quotes = all_of(session, FeeQuote, case_id=case.id)
    if not quotes:
        raise MissingError("quote of case", case.reference)
    quote = quotes[-1]
    persons = {person.id: person.label for person in all_of(session, CasePerson, case_id=case.id)}
    lines = sorted(all_of(session, FeeLine, quote_id=quote.id), key=lambda line: line.position)
    return {
        "reference": case.reference,
        "total_fils": quote.total_fils,
        "priced_on": quote.priced_on.isoformat(),
        "rule_book": quote.rule_book,
        "lines": [_line(line, persons) for line in lines],
    }


def _line(line: FeeLine, persons: dict[UUID, str]) -> dict[str, Any]:
    return {
        "person": persons.get(line.person_id) if line.person_id else None,
        "rule": line.rule,
        "label_en": line.label_en,
        "label_ar": line.label_ar,
        "payee_en": line.payee_en,
        "payee_ar": line.payee_ar,
        "amount_fils": line.amount_fils,
        "amount": str(Money(line.amount_fils)),
        "explain_en": line.explain_en,
        "explain_ar": line.explain_ar,
        "instrument_en": line.instrument_en,
        "instrument_ar": line.instrument_ar,
        "source": line.source,
        "in_force_from": line.in_force_from.isoformat() if line.in_force_from else None,
        "needs_confirmation": line.needs_confirmation,
    }


def _held(case: Case) -> dict[str, Any] | None:
    if case.held_at is None:
        return None
    at = case.held_at.astimezone(KUWAIT).isoformat(timespec="minutes")
    return {"at": at, "by": case.held_by, "because": case.held_because}


def _person(person: CasePerson) -> dict[str, Any]:
    return {
        "person": person.label,
        "civil_number": "erased"
        if person.is_erased
        else CivilNumber.parse(person.civil_number, field=person.label).masked,
        "article": person.article,
        "years": person.years,
        "period_start": person.period_start.isoformat() if person.period_start else None,
        "period_end": person.period_end.isoformat() if person.period_end else None,
    }


def waits_on(session: Session, case: Case) -> Party:
    """While the bank is asked what became of the payment, the payer has done what there was to do."""
    order = order_of(session, case) if case.status is CaseStatus.AWAITING_PAYMENT else None
    attempt = live_attempt(session, order) if order else None
    return case.waits_on if attempt is None or attempt.state in AT_THE_PAGE else ATTEMPT.waits_on[attempt.state]


def obstacles_of(session: Session, case: Case) -> list[dict[str, Any]]:
    """What stops it now, with the remedy and the office that can lift it."""
    return [_obstacle(each) for each in all_of(session, Obstacle, case_id=case.id, lifted_at=None)]


def _obstacle(each: Obstacle) -> dict[str, Any]:
    return {
        "rule": each.rule,
        "reason_en": each.reason_en,
        "reason_ar": each.reason_ar,
        "remedy_en": each.remedy_en,
        "remedy_ar": each.remedy_ar,
        "office_en": each.office_en,
        "office_ar": each.office_ar,
    }


def payment_report(session: Session, order: PaymentOrder | None) -> dict[str, Any] | None:
    """What an order is over, how it stands, and what was given back of it."""
    if order is None:
        return None
    attempts = all_of(session, PaymentAttempt, order_id=order.id)
    return {
        "order": str(order.id),
        "status": order.status.value,
        "amount_fils": order.amount_fils,
        "attempts": [{"trackid": each.trackid, "state": each.state.value} for each in attempts],
        "refunded_fils": refunded_fils(session, order.id),
        "refunds": [_refund(session, each) for each in all_of(session, Refund, order_id=order.id)],
    }


def _refund(session: Session, each: Refund) -> dict[str, Any]:
    """`case` is whose share it is; of a refund of the whole order there is none."""
    return {
        "refund": str(each.id),
        "case": fetch(session, Case, each.case_id).reference if each.case_id else None,
        "state": each.state.value,
        "amount_fils": each.amount_fils,
        "reason": each.reason,
    }


def _revoked(receipt: Receipt) -> dict[str, Any] | None:
    if receipt.revoked_at is None:
        return None
    at = receipt.revoked_at.astimezone(KUWAIT).isoformat(timespec="minutes")
    return {"at": at, "because": receipt.revoked_because}


def _step(each: Transition) -> dict[str, Any]:
    return {
        "at": each.at.astimezone(KUWAIT).isoformat(timespec="milliseconds"),
        "event": each.event,
        "before": each.before,
        "after": each.after,
        "actor": each.actor,
        "reason": each.reason,
    }


def _moment(history: list[Transition], event: CaseEvent) -> datetime | None:
    return next((each.at for each in history if each.event == event.value), None)


def _seconds(start: datetime | None, history: list[Transition], event: CaseEvent) -> float | None:
    end = _moment(history, event)
    return round((end - start).total_seconds(), 3) if start and end else None

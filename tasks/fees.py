"""compute_fee: an itemised quote, pinned to its rule book and stored for good; or the reasons why there is none."""

import hashlib
import json
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, unit_of_work
from infra.leases import held_case
from infra.payments.orders import open_order
from infra.wiring import ports
from models.case import Case, CaseEvent, CaseStatus
from models.errors import InputError
from models.fees.facts import parse_case
from models.fees.quote import Quote, QuoteLine, Refusal, quote_fees
from models.history import Act
from models.obstacle import Obstacle, ObstacleKind
from models.person import CasePerson
from models.quote import FeeLine, FeeQuote
from models.rules.book import RuleBook, rule_book
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.DOCUMENTED


def _compute_fee(case_id: UUID) -> CaseStatus:
    """Price the case by the rules in force today in Kuwait; every line says which rule, source and date made it."""
    today = kuwait_date(ports().now())
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        if not stands_at(case, _HERE):
            return case.status
        given = {**(case.fee_facts or {}), "on": today.isoformat()}
    book = rule_book()
    quote = _quote(given, book)
    refused = quote.refused or _over(quote, on=today) or (() if quote.total.fils else (_NOTHING_TO_PAY,))
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if not stands_at(case, _HERE):
            return case.status
        if refused:
            _record_refusal(session, case, refused, doing=act())
        else:
            _record_quote(session, case, quote, book=book, on=today, doing=act())
        return case.status


compute_fee = step(_compute_fee)


def _quote(given: dict[str, Any], book: RuleBook) -> Quote:
    """A fact that the registries did not give refuses the case, by name; a price is never guessed."""
    try:
        return quote_fees(parse_case(given), book)
    except InputError as error:
        lacking = _refusal(
            "fee.missing_fact",
            en=f"The registries do not say what the fee depends on ({error.field}); the residency department adds it.",
            ar=f"لا تتضمن السجلات ما يتوقف عليه الرسم ({error.field})؛ تستكمله إدارة شؤون الإقامة.",
        )
        return Quote(lines=(), refused=(lacking,), shown_only=(), periods={}, rule_book=book.version)


def _over(quote: Quote, *, on: date) -> tuple[Refusal, ...]:
    """Nobody pays for a time that has passed."""
    return tuple(
        _refusal(
            "fee.period_over",
            person=person,
            en=f"The years asked for end on {end:%d/%m/%Y}, which has passed. Ask for more years.",
            ar=f"تنتهي السنوات المطلوبة في {end:%d/%m/%Y}، وهو تاريخ قد مضى. يُرجى طلب سنوات أكثر.",
        )
        for person, (_, end) in quote.periods.items()
        if end <= on
    )


def _refusal(rule: str, *, en: str, ar: str, person: str = "") -> Refusal:
    return Refusal(person=person, rule=rule, reason_en=en, reason_ar=ar, source="", needs_confirmation=False)


def _record_refusal(session: Session, case: Case, refused: tuple[Refusal, ...], *, doing: Act) -> None:
    persons = _persons(session, case)
    session.add_all(
        Obstacle(
            created_at=doing.at,
            case_id=case.id,
            person_id=persons[each.person].id if each.person in persons else None,
            kind=ObstacleKind.FEE_RULE,
            rule=each.rule,
            reason_en=each.reason_en,
            reason_ar=each.reason_ar,
        )
        for each in refused
    )
    session.add(case.apply(CaseEvent.REJECT, doing))
    open_order(session, case, now=doing.at, terms=ports().terms)


_NOTHING_TO_PAY: Final = _refusal(
    "fee.nothing_to_pay",
    en="No fee is due for this class; the residency department renews it without payment.",
    ar="لا رسوم مستحقة على هذه الفئة؛ تُجدد الإقامة لدى إدارة شؤون الإقامة دون دفع.",
)


def _record_quote(session: Session, case: Case, quote: Quote, *, book: RuleBook, on: date, doing: Act) -> None:
    persons = _persons(session, case)
    stored = FeeQuote(
        created_at=doing.at,
        case_id=case.id,
        version=len(all_of(session, FeeQuote, case_id=case.id)) + 1,
        total_fils=quote.total.fils,
        priced_on=on,
        rule_book=quote.rule_book,
        digest=_digest(quote),
    )
    session.add(stored)
    session.flush()
    session.add_all(
        _line(stored, line, position=position, persons=persons, book=book)
        for position, line in enumerate(quote.lines, 1)
    )
    for label, (start, end) in quote.periods.items():
        persons[label].period_start, persons[label].period_end = start, end
    session.add(case.apply(CaseEvent.QUOTE, doing))


def _persons(session: Session, case: Case) -> dict[str, CasePerson]:
    return {person.label: person for person in all_of(session, CasePerson, case_id=case.id)}


def _line(
    stored: FeeQuote, line: QuoteLine, *, position: int, persons: dict[str, CasePerson], book: RuleBook
) -> FeeLine:
    payee = book.fees.payees[line.payee]
    instrument = book.instrument_of(line.rule)
    return FeeLine(
        created_at=stored.created_at,
        quote_id=stored.id,
        position=position,
        person_id=persons[line.person].id if line.person else None,
        rule=line.rule,
        payee_en=payee.name_en,
        payee_ar=payee.name_ar,
        amount_fils=line.amount.fils,
        label_en=line.label_en,
        label_ar=line.label_ar,
        explain_en=line.explain_en,
        explain_ar=line.explain_ar,
        instrument_en=instrument.name_en if instrument else line.source,
        instrument_ar=instrument.name_ar if instrument else line.source,
        source=line.source,
        in_force_from=line.in_force_from,
        needs_confirmation=line.needs_confirmation,
    )


def _digest(quote: Quote) -> str:
    """Over what was promised: a changed line would give another digest."""
    lines = [[line.person, line.rule, line.amount.fils, line.source] for line in quote.lines]
    return hashlib.sha256(json.dumps([quote.rule_book, lines]).encode()).hexdigest()

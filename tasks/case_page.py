"""The page of a case for staff: where it stands, whom it waits for since when, what to do; nothing about the person.

No name, number or amount: only references, statuses, rule ids, times and words of our own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from infra.clock import written_second
from infra.database import all_of, fetch, unit_of_work
from infra.payments.orders import order_of
from infra.payments.work_list import words_of
from infra.wiring import ports
from models.case import HOLD, UNHOLD, Case, CaseStatus
from models.history import Transition
from models.obstacle import Obstacle
from models.payments.order import PaymentOrder
from models.payments.review import ReviewItem
from models.quote import FeeLine, FeeQuote
from models.receipt import Receipt
from tasks.case_words import HELD, PARTY_WORDS, WORDS


@dataclass(frozen=True, slots=True)
class CasePage:
    key: str
    summary: str
    markdown: str


def case_page(case_id: UUID) -> CasePage:
    """As the database has it at this moment."""
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        order = order_of(session, case)
        steps = all_of(session, Transition, entity=Case.__tablename__, entity_id=case_id)
        parts = [
            _standing(case, steps, order),
            _receipt(session, case),
            _obstacles(session, case),
            _questions(session, order),
            _fee_rules(session, case),
            _history(steps),
        ]
    words = HELD if case.is_held else WORDS[case.status]
    return CasePage(case.reference.lower(), words.stands, "\n\n".join(part for part in parts if part))


def _standing(case: Case, steps: Sequence[Transition], order: PaymentOrder | None) -> str:
    words = HELD if case.is_held else WORDS[case.status]
    waits = "staff, who hold it" if case.is_held else PARTY_WORDS[case.waits_on]
    rows = [
        f"**Status** | **{'held, at ' if case.is_held else ''}{case.status}**",
        f"**Waits for** | **{waits}**",
        f"**Since** | {written_second(_since(case, steps))}",
        *_deadlines(case, order),
        f"**What you can do** | {words.do.replace('REFERENCE', case.reference)}",
    ]
    return f"# {case.reference}\n\n**{words.stands}**\n\n{_table('|', rows)}"


def _receipt(session: Session, case: Case) -> str:
    receipts = [each for each in all_of(session, Receipt, case_id=case.id) if each.sha256 is not None]
    return f"[Receipt (PDF)]({ports().settings.public_url}/receipts/{receipts[-1].id}.pdf)" if receipts else ""


def _since(case: Case, steps: Sequence[Transition]) -> datetime:
    """When it came to stand where it stands; held: since it is held."""
    if case.held_at is not None:
        return case.held_at
    moves = [each.at for each in steps if each.event not in {HOLD, UNHOLD}]
    return moves[-1] if moves else case.created_at


def _deadlines(case: Case, order: PaymentOrder | None) -> list[str]:
    found = []
    if case.deadline is not None:
        found.append(f"**To be renewed by** | {written_second(case.deadline)}: later it is a fault of ours")
    if order is not None and case.status is CaseStatus.AWAITING_PAYMENT:
        shared = "; one payment for its whole batch" if order.batch_id else ""
        until = written_second(order.expires_at)
        found.append(f"**Can be paid until** | {until}{shared}; then it is cancelled by itself")
    return found


def _obstacles(session: Session, case: Case) -> str:
    rows = [
        f"{each.rule} | {each.office_en or 'the applicant'}"
        for each in all_of(session, Obstacle, case_id=case.id, lifted_at=None)
    ]
    return _section("What stands in its way", "rule|who can lift it", rows)


def _questions(session: Session, order: PaymentOrder | None) -> str:
    """The words of the kind only: an item's own note may hold an amount."""
    items = all_of(session, ReviewItem, order_id=order.id, resolved_at=None) if order is not None else []
    said = [(written_second(each.created_at), words_of(session, each)) for each in items]
    rows = [f"{since} | {each.title_en} | {each.do_en}" for since, each in said]
    return _section("Questions for staff", "since|what|what to do", rows)


def _fee_rules(session: Session, case: Case) -> str:
    quotes = all_of(session, FeeQuote, case_id=case.id)
    if not quotes:
        return ""
    rows = [
        f"{each.rule}{' (to be confirmed)' if each.needs_confirmation else ''} | {each.source}"
        for each in all_of(session, FeeLine, quote_id=quotes[-1].id)
    ]
    return _section("Fee rules", f"rule (book {quotes[-1].rule_book})|source", rows)


def _history(steps: Iterable[Transition]) -> str:
    rows = [f"{written_second(each.at)} | {each.event} | {each.before} → {each.after}" for each in steps]
    return _section("What happened", "time in Kuwait|event|status", rows)


def _section(title: str, heading: str, rows: list[str]) -> str:
    return f"## {title}\n\n{_table(heading, rows)}" if rows else ""


def _table(heading: str, rows: Iterable[str]) -> str:
    cells = heading.split("|")
    return "\n".join([f"| {' | '.join(cells)} |", f"|{'---|' * len(cells)}", *(f"| {row} |" for row in rows)])

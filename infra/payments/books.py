"""The books, read: the trial balance, and the statement of one day in Kuwait; amounts in fils, no name in it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, func, or_, select

from infra.database import all_of, fetch
from infra.payments.payees import PayeeTotal, payee_totals
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import Refund
from models.payments.review import ReviewItem, review_words

_A, _K = LedgerAccount, LedgerKind


@dataclass(frozen=True, slots=True)
class AccountBalance:
    account: LedgerAccount
    debits: int
    credits: int

    @property
    def balance(self) -> int:
        """Debits less credits: of GATEWAY and BANK what is ours there; below nothing, what we owe."""
        return self.debits - self.credits


@dataclass(frozen=True, slots=True)
class Suspended:
    """Money whose owner or purpose is not settled, and why."""

    reference: str
    fils: int
    reason: str


@dataclass(frozen=True, slots=True)
class Statement:
    """`movements` are those of the gateway's account; opening and all of them give closing. `fees` are all fees."""

    day: date
    gateway: str | None
    opening: int
    movements: dict[LedgerKind, int]
    closing: int
    fees: int
    payees: list[PayeeTotal]
    suspense: list[Suspended]

    @property
    def suspended(self) -> int:
        return sum(each.fils for each in self.suspense)


def trial_balance(session: Session, *, on: date | None = None) -> list[AccountBalance]:
    """Every account, as it stood at the end of the day; all debits are all credits, or the books are broken."""
    debits = _sums(session, LedgerEntry.debit, until=on)
    credits_ = _sums(session, LedgerEntry.credit, until=on)
    return [AccountBalance(each, debits.get(each, 0), credits_.get(each, 0)) for each in LedgerAccount]


def daily_statement(session: Session, day: date, *, gateway: str | None = None) -> Statement:
    """What came, went and stayed on one day, at one gateway or at all of them."""
    today = _entries(session, gateway, col(LedgerEntry.booked_on) == day)
    movements: Counter[LedgerKind] = Counter()
    for each in today:
        movements[each.kind] += _moved(each, _A.GATEWAY)
    opening = _opening(session, day, gateway)
    return Statement(
        day=day,
        gateway=gateway,
        opening=opening,
        movements={kind: movements[kind] for kind in LedgerKind},
        closing=opening + sum(movements.values()),
        fees=sum(_moved(each, _A.GATEWAY_FEES) for each in today),
        payees=payee_totals(session, today),
        suspense=_suspense(session, _entries(session, gateway, _in_suspense(day))),
    )


def _sums(session: Session, side: Any, *, until: date | None, gateway: str | None = None) -> dict[LedgerAccount, int]:
    query = select(side, func.sum(LedgerEntry.amount_fils)).group_by(side)
    if until is not None:
        query = query.where(col(LedgerEntry.booked_on) <= until)
    if gateway is not None:
        query = query.where(col(LedgerEntry.gateway) == gateway)
    return {account: int(total) for account, total in session.exec(query)}


def _entries(session: Session, gateway: str | None, which: Any) -> list[LedgerEntry]:
    query = select(LedgerEntry).where(which).order_by(col(LedgerEntry.created_at))
    if gateway is not None:
        query = query.where(col(LedgerEntry.gateway) == gateway)
    return list(session.exec(query))


def _in_suspense(day: date) -> Any:
    sides = or_(col(LedgerEntry.debit) == _A.SUSPENSE, col(LedgerEntry.credit) == _A.SUSPENSE)
    return (col(LedgerEntry.booked_on) <= day) & sides


def _opening(session: Session, day: date, gateway: str | None) -> int:
    """What the gateway owed us when the day began."""
    before = day - timedelta(days=1)
    debits = _sums(session, LedgerEntry.debit, until=before, gateway=gateway)
    credits_ = _sums(session, LedgerEntry.credit, until=before, gateway=gateway)
    return debits.get(_A.GATEWAY, 0) - credits_.get(_A.GATEWAY, 0)


def _moved(entry: LedgerEntry, account: LedgerAccount) -> int:
    return entry.amount_fils * ((entry.debit is account) - (entry.credit is account))


def _suspense(session: Session, entries: list[LedgerEntry]) -> list[Suspended]:
    """What is left of every capture without an order; what belongs to none of them stands by itself."""
    captures = {(each.gateway, each.gateway_ref): each for each in entries if each.kind is _K.CAPTURE}
    left: Counter[UUID] = Counter()
    sources: dict[UUID, LedgerEntry] = {}
    for each in entries:
        source = captures.get((each.gateway, each.gateway_ref)) or _refunded(session, each) or each
        sources[source.id] = source
        left[source.id] += each.amount_fils if each.credit is _A.SUSPENSE else -each.amount_fils
    held = [(sources[key], fils) for key, fils in left.items() if fils]
    return [Suspended(each.gateway_ref, fils, _reason(session, each)) for each, fils in held]


def _refunded(session: Session, entry: LedgerEntry) -> LedgerEntry | None:
    """The capture that a refund gives back: the refund's entries are called by its id."""
    refunds = all_of(session, Refund, order_id=entry.order_id) if entry.order_id else []
    mine = [each.capture_entry_id for each in refunds if each.id.hex == entry.gateway_ref]
    return fetch(session, LedgerEntry, mine[0]) if mine else None


def _reason(session: Session, entry: LedgerEntry) -> str:
    refunds = all_of(session, Refund, capture_entry_id=entry.id)
    if refunds:
        return f"{refunds[-1].reason}; its refund is {refunds[-1].state}"
    items = all_of(session, ReviewItem, evidence_id=entry.evidence_id)
    return review_words()[items[-1].kind].title_en if items else "not explained yet"


def statement_report(statement: Statement) -> dict[str, Any]:
    """As JSON knows it; amounts in fils."""
    return {
        "day": statement.day.isoformat(),
        "gateway": statement.gateway,
        "opening_fils": statement.opening,
        "movements_fils": {kind.value: fils for kind, fils in statement.movements.items()},
        "closing_fils": statement.closing,
        "fees_fils": statement.fees,
        "payees": [_payee(each) for each in statement.payees],
        "suspense": [{"ref": e.reference, "fils": e.fils, "because": e.reason} for e in statement.suspense],
    }


def _payee(each: PayeeTotal) -> dict[str, Any]:
    return {
        "en": each.payee_en,
        "ar": each.payee_ar,
        "fils": each.fils,
        "returned_fils": each.returned,
        "net_fils": each.net,
    }

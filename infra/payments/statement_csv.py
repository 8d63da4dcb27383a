"""The ledger as a CSV file for the finance department: one line an entry, in the order in which they were booked.

UTF-8 with a byte-order mark, so that spreadsheet programs read what a bank's file brought along; lines end with CR LF,
cells are quoted where they must be (RFC 4180). A cell that a spreadsheet program would compute gets an apostrophe
before it. No name, civil number or card number is in it.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, TextIO
from uuid import UUID

from sqlmodel import Session, col, select

from infra.clock import KUWAIT
from infra.database import all_of, fetch
from models.case import Case
from models.errors import InputError
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderLine
from models.payments.refund import Refund

HEADER: Final = {
    "entry": "our number of the entry",
    "booked_on": "the day in Kuwait that it counts for, YYYY-MM-DD",
    "written_at": "when it was written, Kuwait time",
    "kind": "capture, refund, void, settlement, fee or adjustment",
    "debit": "the account that receives",
    "credit": "the account that gives",
    "amount_kd": "dinars with three decimals, never negative",
    "currency": "KWD",
    "gateway": "through which gateway",
    "gateway_ref": "the gateway's number of it",
    "order": "our number of the payment order; empty when nobody knows whose money it is",
    "cases": "the references of the order's cases, separated by spaces",
    "trackid": "our name of the payment",
    "evidence": "our number of what proves it",
}
"""The columns, in their order, and what stands in each; for the finance department in docs/ledger-export.md."""

_COMPUTED: Final = ("=", "+", "-", "@", "\t", "\r")


def write_csv(session: Session, file: TextIO, *, first: date, last: date) -> int:
    """Write the entries of these days, both included, to a file opened with `newline=""`; returns how many."""
    if last < first:
        raise InputError("--to", "must not be before the first day")
    writer = csv.writer(file)
    writer.writerow(HEADER)
    count = 0
    for row in _rows(session, first=first, last=last):
        writer.writerow([_plain(cell) for cell in row])
        count += 1
    return count


@dataclass(frozen=True, slots=True)
class _Names:
    """What people call an order: its cases, and its attempts by every number that an entry may bear."""

    cases: str
    trackids: dict[str, str]


def _rows(session: Session, *, first: date, last: date) -> Iterator[list[str]]:
    query = (
        select(LedgerEntry)
        .where(col(LedgerEntry.booked_on) >= first, col(LedgerEntry.booked_on) <= last)
        .order_by(col(LedgerEntry.booked_on), col(LedgerEntry.created_at), col(LedgerEntry.id))
    )
    names: dict[UUID | None, _Names] = {None: _Names("", {})}
    for entry in session.exec(query).all():
        if entry.order_id is not None and entry.order_id not in names:
            names[entry.order_id] = _names(session, entry.order_id)
        yield _row(entry, names[entry.order_id])


def _names(session: Session, order_id: UUID) -> _Names:
    lines = all_of(session, OrderLine, order_id=order_id)
    attempts = {each.id: each for each in all_of(session, PaymentAttempt, order_id=order_id)}
    trackids = {number: each.trackid for each in attempts.values() for number in (each.tranid, each.trackid) if number}
    refunds = {each.id.hex: attempts[each.attempt_id].trackid for each in all_of(session, Refund, order_id=order_id)}
    return _Names(" ".join(sorted(fetch(session, Case, each.case_id).reference for each in lines)), trackids | refunds)


def _row(entry: LedgerEntry, names: _Names) -> list[str]:
    return [
        str(entry.id),
        entry.booked_on.isoformat(),
        entry.created_at.astimezone(KUWAIT).isoformat(sep=" ", timespec="seconds"),
        entry.kind.value,
        entry.debit.value,
        entry.credit.value,
        str(Money(entry.amount_fils)),
        entry.currency,
        entry.gateway,
        entry.gateway_ref,
        str(entry.order_id or ""),
        names.cases,
        names.trackids.get(entry.gateway_ref, ""),
        str(entry.evidence_id),
    ]


def _plain(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_COMPUTED) else cell

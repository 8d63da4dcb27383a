"""Whether all that was measured was done, once: figures of work that was not done are worth nothing."""

from collections import Counter

import httpx
from sqlmodel import Session, select

from benchmarks.renewals import BenchmarkError
from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine
from models.receipt import Receipt


def check(ports: Ports, *, sandbox: str, renewals: int) -> None:
    """BenchmarkError unless each renewal was completed, paid once at the bank and in our books, and receipted once."""
    with unit_of_work(ports.engine) as session:
        wrong = [*_wrong_cases(session, renewals), *wrong_money(session, sandbox, renewals)]
    if wrong:
        raise BenchmarkError("; ".join(wrong))


def _wrong_cases(session: Session, renewals: int) -> list[str]:
    statuses = Counter(session.exec(select(Case.status)))
    receipts = Counter(receipt.case_id for receipt in session.exec(select(Receipt)) if receipt.sha256)
    wrong = []
    if statuses != {CaseStatus.COMPLETED: renewals}:
        wrong.append(f"not every case is completed: {dict(statuses)}")
    if len(receipts) != renewals or set(receipts.values()) != {1}:
        wrong.append(f"{sum(receipts.values())} receipts for {renewals} renewals")
    return wrong


def wrong_money(session: Session, sandbox: str, renewals: int) -> list[str]:
    """Empty when each was captured once, of its own order, and our books name the bank's very numbers."""
    captures = [entry for entry in session.exec(select(LedgerEntry)) if entry.kind is LedgerKind.CAPTURE]
    ours = Counter(entry.gateway_ref for entry in captures)
    bank = httpx.get(f"{sandbox}/__sandbox__/ledger", timeout=30).raise_for_status().json()
    theirs = Counter(each["tranid"] for each in bank if each["result"] == "CAPTURED" and not each["voided"])
    orders = {entry.order_id for entry in captures}
    if ours != theirs or len(ours) != renewals or orders != set(session.exec(select(OrderLine.order_id))):
        return [f"{len(captures)} captures in our books, {len(theirs)} at the bank, for {renewals} payments"]
    return []

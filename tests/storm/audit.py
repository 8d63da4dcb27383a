"""After a storm: what must hold of every case, of the money, of the receipts and of the runs in Prefect."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any, Final

import httpx
from sqlmodel import Session, col, select

from models.case import Case
from models.history import Transition
from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine
from models.receipt import Receipt
from models.run_lease import RunLease
from tests.money_bank import bank_fils
from tests.storm.weather import Storm

_SIGN: Final = {LedgerKind.CAPTURE: 1, LedgerKind.REFUND: -1, LedgerKind.VOID: -1}
_LAST_WORD_SECONDS: Final = 120.0
_PAGE: Final = 200
_OVER: Final = {"COMPLETED", "FAILED", "CANCELLED", "CRASHED"}


def audit(storm: Storm) -> list[str]:
    """What is wrong, a sentence each; empty when all is right.

    A run may end a while after its case: Prefect is told last, and a worker that died then is healed within a minute.
    """
    end = time.monotonic() + _LAST_WORD_SECONDS
    while time.monotonic() < end and _still_running(storm):
        storm.bed.tend()
        time.sleep(1)
    with Session(storm.bed.ports.engine) as session:
        return [
            *_ends(session, storm),
            *_histories(session),
            *_money(session, storm),
            *_receipts(session, storm),
            *_runs(session, storm),
        ]


def _still_running(storm: Storm) -> bool:
    with Session(storm.bed.ports.engine) as session:
        return any(_runs(session, storm))


def _ends(session: Session, storm: Storm) -> Iterator[str]:
    cases = {each.reference: each for each in session.exec(select(Case))}
    for reference, applicant in storm.applicants.items():
        status = cases[reference].status
        if status is not applicant.ends:
            yield f"{reference} ({applicant.kind}) is {status}, not {applicant.ends}"
    if len(cases) != len(storm.applicants):
        yield f"{len(cases)} cases of {len(storm.applicants)} applicants"


def _histories(session: Session) -> Iterator[str]:
    """Each begins where the last ended, and what may happen once happened once."""
    steps: dict[Any, list[Transition]] = {}
    query = select(Transition).where(col(Transition.entity) == Case.__tablename__).order_by(col(Transition.at))
    for each in session.exec(query):
        steps.setdefault(each.entity_id, []).append(each)
    for case_id, history in steps.items():
        if any(one.after != other.before for one, other in pairwise(history)):
            yield f"the history of {case_id} has a gap"
        events = Counter(each.event for each in history)
        twice = [event for event in ("extend", "issue_receipt", "quote", "pay") if events[event] > 1]
        if twice:
            yield f"case {case_id}: {', '.join(twice)} more than once"


def _money(session: Session, storm: Storm) -> Iterator[str]:
    """To the fil: each order keeps in our books what the bank keeps; one capture for who is renewed, none else."""
    lines = httpx.get(f"{storm.bed.sandbox}/__sandbox__/ledger", timeout=60).raise_for_status().json()
    bank: Counter[Any] = Counter()
    orders = {each.trackid: each.order_id for each in session.exec(select(PaymentAttempt))}
    for line in lines:
        if line["trackid"] not in orders and bank_fils(line):
            yield f"the bank took money for {line['trackid']}, which we do not know"
        bank[orders.get(line["trackid"])] += bank_fils(line)
    ours: Counter[Any] = Counter()
    for entry in session.exec(select(LedgerEntry)):
        ours[entry.order_id] += _SIGN.get(entry.kind, 0) * entry.amount_fils
    for line in session.exec(select(OrderLine)):
        booked, kept = ours[line.order_id], bank[line.order_id]
        if not line.amount_fils == booked == kept:
            yield f"order {line.order_id}: {line.amount_fils} asked, {booked} in our books, {kept} at the bank"


def _receipts(session: Session, storm: Storm) -> Iterator[str]:
    """One for each that ends with one, stored; the store refuses to give other bytes than those that were sealed."""
    receipts = [each for each in session.exec(select(Receipt)) if each.revoked_at is None]
    wanted = sum(each.ends.value == "completed" for each in storm.applicants.values())
    if len({each.case_id for each in receipts}) != len(receipts) or len(receipts) != wanted:
        yield f"{len(receipts)} receipts, {wanted} wanted"
    for each in receipts:
        if each.object_key is None or each.sha256 is None:
            yield f"receipt {each.number} was never stored"
        else:
            storm.bed.ports.store.get(each.object_key, sha256=each.sha256)


def _runs(session: Session, storm: Storm) -> Iterator[str]:
    """Nothing is left running, and each case's run says how the case ended."""
    asked = {"flow_runs": {"tags": {"all_": ["renewal"]}}, "limit": _PAGE}
    states: Counter[str] = Counter()
    offset = 0
    while True:
        url = f"{storm.bed.ports.settings.prefect_api_url}/flow_runs/filter"
        page = httpx.post(url, json=asked | {"offset": offset}, timeout=60).raise_for_status().json()
        states.update(run["state"]["type"] for run in page)
        offset += len(page)
        if len(page) < _PAGE:
            break
    left = {name: count for name, count in states.items() if name not in _OVER}
    if left:
        yield f"runs that have not ended: {left}"
    leases = len(session.exec(select(RunLease)).all())
    if leases:
        yield f"{leases} leases are left"

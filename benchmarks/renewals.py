"""Carries renewals through a running stack, with payers who pay, and says what it took."""

import random
import ssl
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import UUID

import httpx
from sqlalchemy import func, text
from sqlmodel import col, select

from benchmarks.cpu import Spent, spent
from benchmarks.memory import memory_mb
from infra.database import unit_of_work
from infra.demo.crowd import Passerby
from infra.intake import submit
from infra.intake.reading import APPLICATION
from infra.queue import release_cases
from infra.sandbox.payer import Behaviour, pay
from infra.wiring import Ports
from models.case import Case, CaseStatus, Channel
from models.errors import CaseworkError
from models.payments.order import OrderStatus, PaymentOrder

_PATIENCE_A_RENEWAL = 60.0
_PAYERS = 16
_TLS = ssl.create_default_context()
_DELAY = (0.1, 0.5)
_LATENCIES = text(
    """
    SELECT extract(epoch FROM min(t.at) FILTER (WHERE t.event = 'quote') - c.created_at),
           extract(epoch FROM min(t.at) FILTER (WHERE t.event = 'issue_receipt') - min(e.received_at))
    FROM renewal_case c
    JOIN transition t ON t.entity_id = c.id
    JOIN order_line l ON l.case_id = c.id
    JOIN payment_attempt a ON a.order_id = l.order_id
    JOIN gateway_evidence e ON e.attempt_id = a.id AND e.kind = 'callback'
    WHERE c.reference = ANY(:references) GROUP BY c.id
    """
)
"""From submission to quote, and from the gateway's notification that the money is taken to the receipt."""


class BenchmarkError(CaseworkError):
    """What was measured did not do its work, so its figures mean nothing."""


@dataclass(frozen=True, slots=True)
class Measured:
    renewals: int
    seconds: float
    cpu: dict[str, Spent]
    to_quote: list[float]
    to_receipt: list[float]
    memory_before: dict[str, float]  # megabytes of each part
    memory_after: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """`rate` is how many are submitted in a second; None: as fast as the intake takes them."""

    rate: float | None = None
    has_runs: bool = True  # False: nobody carries the outbox, and Prefect knows nothing


def carry(
    ports: Ports,
    people: Sequence[Passerby],
    *,
    sandbox: str,
    pids: dict[str, int],
    on_done: Callable[[int], None],
    load: Load | None = None,
) -> Measured:
    """From the first submission until every run has ended; the processor's time is read just before and just after."""
    load = load or Load()
    _introduce(people, sandbox)
    completed, memory = _completed(ports), memory_mb(pids)
    before, start = spent(pids), time.monotonic()
    with ThreadPoolExecutor(1) as office:
        arriving = Arriving()
        handing_in = office.submit(arriving.submit, ports, people, rate=load.rate)
        _await_receipts(ports, before=completed, total=len(people), on_done=on_done)
        handing_in.result()
    if load.has_runs:
        _await_runs(ports, arriving.references)
    seconds = time.monotonic() - start
    after = spent(pids)
    to_quote, to_receipt = _latencies(ports, arriving.references)
    cpu = {name: after[name] - before[name] for name in pids}
    return Measured(len(people), seconds, cpu, to_quote, to_receipt, memory, memory_mb(pids))


class Arriving:
    """Applications handed in from a thread of their own; `references` grows."""

    def __init__(self) -> None:
        self.references: list[str] = []

    def submit(self, ports: Ports, people: Sequence[Passerby], *, rate: float | None) -> None:
        begun = time.monotonic()
        for number, each in enumerate(people):
            if rate is not None:
                time.sleep(max(0.0, begun + number / rate - time.monotonic()))
            self.references.append(_submit(ports, each))


def _introduce(people: Sequence[Passerby], sandbox: str) -> None:
    residents = [each.resident.model_dump(mode="json") for each in people]
    httpx.post(f"{sandbox}/__sandbox__/people", json=residents, timeout=30).raise_for_status()


def _submit(ports: Ports, passerby: Passerby) -> str:
    application = passerby.folder.application.model_dump_json(exclude_unset=True, exclude_none=True)
    files = {APPLICATION: application.encode(), **passerby.folder.files}
    [reference] = submit(ports, files, channel=Channel.FOLDER).references
    release_cases(ports, actor="benchmark", limit=1, references=[reference])
    return reference


def _await_receipts(ports: Ports, *, before: int, total: int, on_done: Callable[[int], None]) -> None:
    """Send a payer to each order that opens, until as many more cases are completed. Asks little: it is not counted."""
    choose = random.Random(total)  # noqa: S311 - the same delays in every run
    sent: set[UUID] = set()
    end = time.monotonic() + _PATIENCE_A_RENEWAL * total
    with ThreadPoolExecutor(_PAYERS) as payers:
        paying = []
        while (done := _completed(ports) - before) < total:
            on_done(done)
            if time.monotonic() > end:
                raise BenchmarkError(f"only {done} of {total} renewals were completed in time")
            for order in _payable(ports) - sent:
                sent.add(order)
                paying.append(payers.submit(_pay, ports, order, delay=choose.uniform(*_DELAY)))
            time.sleep(0.2)
        for each in paying:
            each.result()
    on_done(total)


def _pay(ports: Ports, order: UUID, *, delay: float) -> None:
    time.sleep(delay)
    pay(f"{ports.settings.public_url}/pay/{order}", Behaviour.APPROVE, tls=_TLS)


def _completed(ports: Ports) -> int:
    with unit_of_work(ports.engine) as session:
        return session.exec(select(func.count()).where(col(Case.status) == CaseStatus.COMPLETED)).one()


def _payable(ports: Ports) -> set[UUID]:
    with unit_of_work(ports.engine) as session:
        return set(session.exec(select(PaymentOrder.id).where(col(PaymentOrder.status) == OrderStatus.OPEN)))


def _await_runs(ports: Ports, references: list[str]) -> None:
    """Until Prefect knows every run as completed: its server has work after ours is done."""
    asked = {"flow_runs": {"name": {"any_": [f"{each} individual 1 person" for each in references]}}}
    completed = asked["flow_runs"] | {"state": {"type": {"any_": ["COMPLETED"]}}}
    end = time.monotonic() + _PATIENCE_A_RENEWAL
    while time.monotonic() < end:
        reply = httpx.post(f"{ports.settings.prefect_api_url}/flow_runs/count", json={"flow_runs": completed})
        if reply.raise_for_status().json() == len(references):
            return
        time.sleep(0.2)
    raise BenchmarkError("Prefect does not know every run as completed")


def _latencies(ports: Ports, references: list[str]) -> tuple[list[float], list[float]]:
    with ports.engine.connect() as connection:
        rows = connection.execute(_LATENCIES, {"references": references}).all()
    return sorted(float(row[0]) for row in rows), sorted(float(row[1]) for row in rows)

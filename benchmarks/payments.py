"""`make bench-payments`: a crowd of payers at once, from the pay page through the bank to the proven capture."""

import argparse
import os
import ssl
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, func, select

from benchmarks.checking import wrong_money
from benchmarks.cpu import Spent, spent
from benchmarks.payment_results import write
from benchmarks.payment_stack import payment_stack
from benchmarks.quoted_cases import write_quoted_case
from benchmarks.renewals import BenchmarkError
from infra.database import locked, unit_of_work
from infra.payments.orders import open_order
from infra.sandbox.payer import Behaviour, pay
from infra.stack.part import Part
from infra.wiring import Ports
from models.case import Case, CaseEvent
from models.history import Act
from models.payments.attempt import AttemptState, PaymentAttempt

_PRICE_FILS: Final = 120_500
_WARM_UP: Final = 20
_PATIENCE_A_PAYMENT: Final = 2.0
_LATENCIES: Final = text(
    """
    SELECT extract(epoch FROM a.captured_at - min(e.received_at))
    FROM payment_attempt a JOIN gateway_evidence e ON e.attempt_id = a.id AND e.kind = 'callback'
    WHERE a.order_id = ANY(:orders) AND a.state = 'captured' GROUP BY a.id
    """
)
"""From the gateway's notification to the capture that an inquiry proved."""


@dataclass(frozen=True, slots=True)
class Measured:
    payments: int
    at_once: int
    seconds: float
    to_captured: list[float]
    cpu: dict[str, Spent]
    load: float


def bench(*, payments: int, at_once: int) -> Measured:
    """BenchmarkError, and no figures, unless each payment is captured once in our books and in the bank's."""
    load = os.getloadavg()[0]
    with payment_stack() as (ports, sandbox, parts):
        _carry(ports, _open_orders(ports, _WARM_UP), at_once=at_once, parts=parts)
        orders = _open_orders(ports, payments)
        pids = {name: part.child.pid for name, part in parts.items() if not part.one_shot}
        before, start = spent(pids), time.monotonic()
        _carry(ports, orders, at_once=at_once, parts=parts)
        seconds, after = time.monotonic() - start, spent(pids)
        with unit_of_work(ports.engine) as session:
            if wrong := wrong_money(session, sandbox, _WARM_UP + payments):
                raise BenchmarkError("; ".join(wrong))
            found = session.connection().execute(_LATENCIES, {"orders": orders}).all()
        cpu = {name: after[name] - before[name] for name in pids}
        return Measured(payments, at_once, seconds, sorted(float(row[0]) for row in found), cpu, load)


def _open_orders(ports: Ports, count: int) -> list[UUID]:
    now, orders = ports.now(), []
    for number in range(count):
        with unit_of_work(ports.engine) as session:
            case_id = write_quoted_case(session, f"{count}-{number}", total_fils=_PRICE_FILS, now=now)
            case = locked(session, Case, case_id)
            session.add(case.apply(CaseEvent.ASK_PAYMENT, Act(actor="benchmark", at=now)))
            order = open_order(session, case, now=now, terms=ports.terms)
            if order is None:
                raise BenchmarkError("an order was not opened")
            orders.append(order.id)
    return orders


def _carry(ports: Ports, orders: list[UUID], *, at_once: int, parts: dict[str, Part]) -> None:
    """All payers set out at once, `at_once` of them at a time on the way; ends with the last proven capture."""
    tls = ssl.create_default_context()
    end = time.monotonic() + 60 + _PATIENCE_A_PAYMENT * len(orders)
    with ThreadPoolExecutor(at_once) as payers:
        addresses = (f"{ports.settings.public_url}/pay/{order}" for order in orders)
        for _ in payers.map(lambda address: pay(address, Behaviour.APPROVE, tls=tls), addresses):
            _check(parts.values())
    while (captured := _captured(ports, orders)) < len(orders):
        _check(parts.values())
        if time.monotonic() > end:
            raise BenchmarkError(f"only {captured} of {len(orders)} payments were captured in time")
        time.sleep(0.1)


def _check(parts: Iterable[Part]) -> None:
    for part in parts:
        part.check()


def _captured(ports: Ports, orders: list[UUID]) -> int:
    query = select(func.count()).where(
        col(PaymentAttempt.order_id).in_(orders), col(PaymentAttempt.state) == AttemptState.CAPTURED
    )
    with unit_of_work(ports.engine) as session:
        return session.exec(query).one()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--payments", type=int, default=1000)
    options.add_argument("--at-once", type=int, default=64, help="payers that are on the way at the same moment")
    chosen = options.parse_args()
    measured = bench(payments=chosen.payments, at_once=chosen.at_once)
    print(write(measured).read_text("utf-8"))  # noqa: T201 - what the program is asked for


if __name__ == "__main__":
    main()

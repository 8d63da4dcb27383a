"""`manage.py bench`: starts each stack in turn, carries the renewals through it, and writes the results."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.checking import check
from benchmarks.cpu import Spent, spent
from benchmarks.receipts import render_milliseconds
from benchmarks.renewals import Measured, carry
from benchmarks.results import Compared, write
from benchmarks.stacks import OURS, STOCK
from infra import clock
from infra.demo.crowd import Passerby, make_crowd
from infra.settings import Settings
from infra.stack import AppPart, LocalStack, Places
from infra.stack.clean import clean
from infra.stack.places import CHECKOUT
from infra.stack.progress import Progress as StackProgress
from infra.wiring import Ports, build

PLACES: Final = Places(CHECKOUT / "var" / "bench")
RESULTS: Final = CHECKOUT / "benchmarks"
_WARM_UP: Final = 4
_SETTLING_SECONDS: Final = 15.0
_IDLE_SECONDS: Final = 10.0


def bench(console: Console, *, renewals: int, stock: int) -> Path:
    """Compare our worker, with `renewals`, to Prefect's process worker, with `stock`. Returns the file of results."""
    load = os.getloadavg()[0]
    people = make_crowd(2 * _WARM_UP + renewals + stock, on=clock.kuwait_date(clock.now()))
    clean(PLACES)
    with _running(OURS, console) as (stack, ports):
        ours, idle = _measure(stack, ports, people, count=renewals, console=console)
        check(ports, sandbox=stack.ports.url("sandbox"), renewals=_WARM_UP + renewals)
        milliseconds = render_milliseconds(ports)
    clean(PLACES)
    with _running(STOCK, console) as (stack, ports):
        theirs, stock_idle = _measure(stack, ports, people, count=stock, console=console)
        check(ports, sandbox=stack.ports.url("sandbox"), renewals=_WARM_UP + stock)
    compared = Compared(ours=ours, stock=theirs, idle=idle, stock_idle=stock_idle, render=milliseconds, load=load)
    return write(RESULTS, compared)


@contextmanager
def _running(apps: Sequence[AppPart], console: Console) -> Iterator[tuple[LocalStack, Ports]]:
    before = dict(os.environ)
    os.environ["PYTHONPATH"] = str(CHECKOUT)  # the stock worker runs a flow in a folder of its own
    try:
        with LocalStack(places=PLACES, apps=apps, tell=StackProgress(console), private_ports=True) as stack:
            os.environ.update(stack.environment)
            with closing(build(Settings())) as ports:
                yield stack, ports
    finally:  # the next stack must not take this one's store for a configured one
        os.environ.clear()
        os.environ.update(before)


def _measure(
    stack: LocalStack, ports: Ports, people: Iterator[Passerby], *, count: int, console: Console
) -> tuple[Measured, dict[str, Spent]]:
    """A few renewals to warm up, a while of doing nothing, then those that count."""
    pids = {part.name: part.child.pid for part in stack.parts.values() if not part.one_shot}
    sandbox = stack.ports.url("sandbox")
    name = "our worker" if "worker" in pids else "stock worker"
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:

        def carried(what: str, number: int) -> Measured:
            task = bar.add_task(f"{what} {name}", total=number)

            def on_done(done: int) -> None:
                bar.update(task, completed=done)
                for part in stack.parts.values():
                    part.check()

            return carry(ports, list(islice(people, number)), sandbox=sandbox, pids=pids, on_done=on_done)

        carried("Warming up", _WARM_UP)
        idle = _idle(pids)
        return carried("Measuring", count), idle


def _idle(pids: dict[str, int]) -> dict[str, Spent]:
    """Seconds of the processor that each part takes in a second without work, once the last run's process has gone."""
    time.sleep(_SETTLING_SECONDS)
    before = spent(pids)
    time.sleep(_IDLE_SECONDS)
    after = spent(pids)
    taken = {name: after[name] - before[name] for name in pids}
    return {name: Spent(each.own / _IDLE_SECONDS, each.children / _IDLE_SECONDS) for name, each in taken.items()}

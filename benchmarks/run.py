"""`manage.py bench`: starts each stack in turn, carries the renewals through it, and writes the results."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.checking import check
from benchmarks.cpu import Spent, spent
from benchmarks.receipts import render_milliseconds
from benchmarks.renewals import Load, Measured, carry
from benchmarks.results import Compared, Side, write
from benchmarks.stacks import OURS, PLAIN, STOCK
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How many renewals with each; the paced part takes `minutes` at `rate` a second."""

    renewals: int
    plain: int
    stock: int
    rate: float
    minutes: float

    @property
    def paced(self) -> int:
        return round(self.rate * self.minutes * 60)


def bench(console: Console, sizes: Sizes) -> Path:
    """Our worker in a burst and paced, the plain loop, and Prefect's process worker. Returns the file of results."""
    load = os.getloadavg()[0]
    total = 3 * _WARM_UP + sizes.renewals + sizes.paced + sizes.plain + sizes.stock
    people = make_crowd(total, on=clock.kuwait_date(clock.now()))
    clean(PLACES)
    with _running(OURS, console) as (stack, ports):
        measuring = _Measuring(stack, ports, people, console)
        ours = measuring.side("our worker", sizes.renewals)
        paced = measuring.carried("Pacing", "our worker", sizes.paced, Load(rate=sizes.rate)) if sizes.paced else None
        check(ports, sandbox=measuring.sandbox, renewals=_WARM_UP + sizes.renewals + sizes.paced)
        milliseconds = render_milliseconds(ports)
    plain = _side(PLAIN, "plain loop", people, count=sizes.plain, console=console, load=Load(has_runs=False))
    stock = _side(STOCK, "stock worker", people, count=sizes.stock, console=console, load=Load())
    sides = {"our worker": ours, "plain loop": plain, "stock worker": stock}
    return write(RESULTS, Compared(sides=sides, paced=paced, rate=sizes.rate, render=milliseconds, load=load))


def _side(
    apps: Sequence[AppPart], name: str, people: Iterator[Passerby], *, count: int, console: Console, load: Load
) -> Side:
    clean(PLACES)
    with _running(apps, console) as (stack, ports):
        measuring = _Measuring(stack, ports, people, console)
        side = measuring.side(name, count, load)
        check(ports, sandbox=measuring.sandbox, renewals=_WARM_UP + count)
        return side


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


class _Measuring:
    """One running stack, and the people who come to it."""

    def __init__(self, stack: LocalStack, ports: Ports, people: Iterator[Passerby], console: Console) -> None:
        self._stack, self._ports, self._people, self._console = stack, ports, people, console
        self._pids = {part.name: part.child.pid for part in stack.parts.values() if not part.one_shot}
        self.sandbox = stack.ports.url("sandbox")

    def side(self, name: str, count: int, load: Load | None = None) -> Side:
        """A few renewals to warm up, a while of doing nothing, then those that count."""
        self.carried("Warming up", name, _WARM_UP, load)
        idle = _idle(self._pids)
        return Side(self.carried("Measuring", name, count, load), idle)

    def carried(self, what: str, name: str, number: int, load: Load | None) -> Measured:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as bar:
            task = bar.add_task(f"{what} {name}", total=number)

            def on_done(done: int) -> None:
                bar.update(task, completed=done)
                for part in self._stack.parts.values():
                    part.check()

            people = list(islice(self._people, number))
            return carry(self._ports, people, sandbox=self.sandbox, pids=self._pids, on_done=on_done, load=load)


def _idle(pids: dict[str, int]) -> dict[str, Spent]:
    """Seconds of the processor that each part takes in a second without work, once the last run's process has gone."""
    time.sleep(_SETTLING_SECONDS)
    before = spent(pids)
    time.sleep(_IDLE_SECONDS)
    after = spent(pids)
    taken = {name: after[name] - before[name] for name in pids}
    return {name: Spent(each.own / _IDLE_SECONDS, each.children / _IDLE_SECONDS) for name, each in taken.items()}

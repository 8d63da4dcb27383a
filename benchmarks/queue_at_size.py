"""`make bench-queue`: what the intake queue costs with no, 100,000 and 1,000,000 other cases in the database."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import text

from benchmarks.many_cases import fill
from infra import clock
from infra.database import unit_of_work
from infra.letters import claim, record
from infra.queue import Wanted, release
from infra.ranking import rank_again
from infra.schema import migrate
from infra.settings import Settings
from infra.stack.environment import base_environment, prefect_client, renewal_settings
from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import Ports as Listening
from infra.stack.throwaway import throwaway_database
from infra.waiting_list import head, queue_report
from infra.wiring import Ports, build

_PAGE: Final = CHECKOUT / "benchmarks" / "queue_at_size.md"
_WHY: Final = """
What does not grow: an index holds the queue in its order, and totals are sums that a trigger keeps. What may: the
head's hundred rows lie on a hundred pages of a table that no longer fits near the processor.
"""
_HEAD: Final = """
explain (analyze, buffers, format json) select * from renewal_case
where status = 'submitted' and held_at is null order by urgency, created_at, id limit 100
"""
_NONE: Final = 4_000
"""What is released while nothing else is there: half of it waits."""

_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(slots=True)
class Cost:
    """Milliseconds of one thing at one size: on the clock each time, and of processors, ours and the database's."""

    walls: list[float] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def middle(self) -> float:
        return median(self.walls)

    @property
    def mean_cpu(self) -> float:
        return self.cpu / len(self.walls)


@dataclass(frozen=True, slots=True)
class Ground:
    """A database of its own with so many cases in it, and how to reach it."""

    size: int
    ports: Ports
    environment: dict[str, str]

    def read_head(self) -> None:
        with unit_of_work(self.ports.engine) as session:
            head(session, service=None, limit=100, now=self.ports.now())

    def rank(self) -> None:
        rank_again(self.ports)

    def report(self) -> None:
        queue_report(self.ports, service=None, limit=20)

    def dry_run(self) -> None:
        release(self.ports, Wanted(limit=100), actor="benchmark", dry_run=True)

    def release_and_carry(self) -> None:
        """A release, and the outbox's part of what follows, without Prefect's."""
        release(self.ports, Wanted(limit=100), actor="benchmark")
        letters = claim(self.ports)
        assert len(letters) == 100, "a release of 100 leaves 100 words"  # noqa: S101, PLR2004 - else no figure
        record(self.ports, delivered=letters, failed=[], runs={})

    def command(self) -> None:
        subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, str(CHECKOUT / "manage.py"), "queue", "--json"],
            check=True,
            env=self.environment,
            stdout=subprocess.DEVNULL,
        )


WORK: Final[dict[str, tuple[int, Callable[[Ground], None]]]] = {
    "the head of the queue, 100 cases": (40, Ground.read_head),
    "ranks that change today: none": (40, Ground.rank),
    "head, held and totals, as `queue` reads them": (40, Ground.report),
    "a dry run of 100": (40, Ground.dry_run),
    "a release of 100, with its words taken up and put down": (15, Ground.release_and_carry),
    "`manage.py queue`, the whole command": (4, Ground.command),
}


def measure(grounds: list[Ground], what: Callable[[Ground], None], *, times: int) -> list[Cost]:
    """One size after the other, over and over: what else the machine does meanwhile meets all of them alike."""
    costs = [Cost() for _ in grounds]
    for ground in grounds:
        what(ground)
    pids = [_backend(ground.ports) for ground in grounds]
    for _ in range(times):
        for ground, cost, pid in zip(grounds, costs, pids, strict=True):
            start, cpu = time.perf_counter(), time.process_time() + _seconds(pid)
            what(ground)
            cost.walls.append((time.perf_counter() - start) * 1000)
            cost.cpu += (time.process_time() + _seconds(pid) - cpu) * 1000
    return costs


def pages(ports: Ports) -> int:
    """How many pages of the database the head of the queue is read from: a figure that no other work disturbs."""
    with ports.engine.connect() as connection:
        plan = connection.scalar(text(_HEAD))[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])


@contextmanager
def grounds_of(sizes: list[int]) -> Iterator[list[Ground]]:
    """A cluster each, filled."""
    with ExitStack() as stack:
        made = []
        for size in sizes:
            url = stack.enter_context(throwaway_database())
            environment = _environment(url, Path(stack.enter_context(tempfile.TemporaryDirectory())))
            os.environ.update(environment)
            ground = Ground(size, build(Settings()), environment)  # pyright: ignore[reportCallIssue]
            stack.callback(ground.ports.close)
            migrate(ground.ports.engine)
            fill(ground.ports.engine, cases=max(size, _NONE), today=clock.kuwait_date(clock.now()))
            print(f"{size:>9,} cases: filled", flush=True)  # noqa: T201 - a command's output
            made.append(ground)
        yield made


def page(grounds: list[Ground], *, load: float) -> str:
    """The table for people."""
    heads = ["none" if each.size == 0 else f"{each.size:,}" for each in grounds]
    lines = [
        "# The intake queue at size",
        "",
        f"{clock.now():%d/%m/%Y}, {os.cpu_count()} cores, load {load:.1f} before. `make bench-queue` runs it again.",
        "",
        "Half of the cases wait in the queue, half are over. Milliseconds, measured in turns: on the clock (median),",
        "and of the processors (mean; ours and our connection's in PostgreSQL), which other work disturbs least.",
        "",
        f"| what | {' | '.join(heads)} | last ÷ first |",
        f"|---|{'--:|' * (len(grounds) + 1)}",
    ]
    for title, (times, what) in WORK.items():
        costs = measure(grounds, what, times=times)
        lines.append(_line(title, [each.middle for each in costs]))
        if what is not Ground.command:
            lines.append(_line("… processors", [each.mean_cpu for each in costs]))
    lines.append(_line("database pages that the head is read from", [float(pages(each.ports)) for each in grounds]))
    return "\n".join(lines) + "\n" + _WHY


def _line(title: str, figures: list[float]) -> str:
    return f"| {title} | {' | '.join(f'{each:.1f}' for each in figures)} | {figures[-1] / max(figures[0], 0.01):.2f} |"


def _environment(url: str, folder: Path) -> dict[str, str]:
    places = Places(folder / "var")
    places.make()
    at = Listening.private()
    told = renewal_settings(at, LocalSecrets.kept_in(places.secrets), database_url=url)
    return {**base_environment(), **prefect_client(places, at), **told}


def _backend(ports: Ports) -> int:
    with ports.engine.connect() as connection:
        return int(connection.scalar(text("select pg_backend_pid()")) or 0)


def _seconds(pid: int) -> float:
    """Of one process, from /proc."""
    row = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(row[11]) + int(row[12])) / _TICK


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    before = os.getloadavg()[0]
    with grounds_of([0, *parser.parse_args().sizes]) as made:
        _PAGE.write_text(page(made, load=before), "utf-8")
    print(_PAGE.read_text("utf-8"))  # noqa: T201 - a command's output

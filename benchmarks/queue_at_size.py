"""`make bench-queue`: what the intake queue costs with no, 100,000 and 1,000,000 other cases in the database."""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
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
_NONE: Final = 4_000
"""What is released while nothing else is there: half of it waits."""

_TIMES: Final = 40
_RELEASES: Final = 12
_COMMANDS: Final = 3
_TICK: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Cost:
    """Milliseconds: on the clock, the median and the best; of processors, ours and the database's, on average."""

    middle: float
    best: float
    cpu: float


def measure(ports: Ports, what: Callable[[], object], *, times: int, warm: int = 2) -> Cost:
    for _ in range(warm):
        what()
    pid = _backend(ports)
    taken: list[float] = []
    cpu = -time.process_time() - _seconds(pid)
    for _ in range(times):
        start = time.perf_counter()
        what()
        taken.append((time.perf_counter() - start) * 1000)
    cpu += time.process_time() + _seconds(pid)
    return Cost(median(taken), min(taken), cpu * 1000 / times)


def at_this_size(ports: Ports, environment: dict[str, str]) -> dict[str, Cost]:
    def read_head() -> None:
        with unit_of_work(ports.engine) as session:
            head(session, service=None, limit=100, now=ports.now())

    def carry() -> None:
        """The outbox's part of a release, without Prefect's."""
        release(ports, Wanted(limit=100), actor="benchmark")
        letters = claim(ports)
        assert len(letters) == 100, "a release of 100 leaves 100 words"  # noqa: S101, PLR2004 - else no figure
        record(ports, delivered=letters, failed=[], runs={})

    def command() -> None:
        subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, str(CHECKOUT / "manage.py"), "queue", "--json"],
            check=True,
            env=environment,
            stdout=subprocess.DEVNULL,
        )

    dry = Wanted(limit=100)
    return {
        "the head of the queue, 100 cases": measure(ports, read_head, times=_TIMES),
        "ranks that change today: none": measure(ports, lambda: rank_again(ports), times=_TIMES),
        "head, held and totals, as `queue` reads them": measure(
            ports, lambda: queue_report(ports, service=None, limit=20), times=_TIMES
        ),
        "a dry run of 100": measure(ports, lambda: release(ports, dry, actor="x", dry_run=True), times=_TIMES),
        "a release of 100, with its words taken up and put down": measure(ports, carry, times=_RELEASES, warm=1),
        "`manage.py queue`, the whole command": measure(ports, command, times=_COMMANDS, warm=1),
    }


def bench(sizes: list[int]) -> dict[int, dict[str, Cost]]:
    found: dict[int, dict[str, Cost]] = {}
    with throwaway_database() as url, tempfile.TemporaryDirectory() as folder:
        environment = _environment(url, Path(folder))
        os.environ.update(environment)
        ports = build(Settings())  # pyright: ignore[reportCallIssue]
        migrate(ports.engine)
        before = 0
        for size in [0, *sizes]:
            fill(ports.engine, before=before, cases=max(size, _NONE), today=clock.kuwait_date(ports.now()))
            before = max(size, _NONE)
            found[size] = at_this_size(ports, environment)
            print(f"{size:>9,} cases: done", flush=True)  # noqa: T201 - a command's output
        ports.close()
    return found


def page(found: dict[int, dict[str, Cost]], *, load: float) -> str:
    """The table for people."""
    sizes = list(found)
    heads = ["none" if size == 0 else f"{size:,}" for size in sizes]
    lines = [
        "# The intake queue at size",
        "",
        f"{clock.now():%d/%m/%Y}, {os.cpu_count()} cores, load {load:.1f} before. `make bench-queue` runs it again.",
        "",
        "Half of the cases wait in the queue, half are over. Milliseconds on the clock, median / best; below them",
        "those of the processors (this process and its connection's in PostgreSQL), which other work disturbs least.",
        "",
        f"| what | {' | '.join(heads)} | last ÷ first |",
        f"|---|{'--:|' * (len(sizes) + 1)}",
    ]
    for what in found[sizes[0]]:
        costs = [found[size][what] for size in sizes]
        walls = " | ".join(f"{each.middle:.1f} / {each.best:.1f}" for each in costs)
        lines.append(f"| {what} | {walls} | {costs[-1].best / costs[0].best:.2f} |")
        if "command" not in what:
            cpu = " | ".join(f"{each.cpu:.1f}" for each in costs)
            lines.append(f"| … processors | {cpu} | {costs[-1].cpu / max(costs[0].cpu, 0.01):.2f} |")
    return "\n".join(lines) + "\n"


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
    load = os.getloadavg()[0]
    _PAGE.write_text(page(bench(parser.parse_args().sizes), load=load), "utf-8")
    print(_PAGE.read_text("utf-8"))  # noqa: T201 - a command's output

"""`make bench-size`: what the product's work costs with no, 100,000 and 1,000,000 other cases in the database."""

import argparse
import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from sqlalchemy import Engine, QueuePool, text

from benchmarks.grounds import WORK, Ground, grounds_of
from infra import clock
from infra.stack.places import CHECKOUT

_PAGE: Final = CHECKOUT / "benchmarks" / "at_size.md"
_WHY: Final = """
At a million cases no table that grows with them is read as a whole: each question goes through an index, and totals
are sums that a trigger keeps. The indexes are three pages deep instead of two, which is the fifth of pages more. Of
the smallest database PostgreSQL reads all cases (96 pages) rather than look 200 runs up, hence the few pages of
healing there. Where many cases stand still it looks each up in history and outbox; in a small database it reads those
once, side by side.
"""
_TOUCHED: Final = "select blks_hit + blks_read from pg_stat_database where datname = current_database()"
_BACKENDS: Final = """
select pid from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
"""


@dataclass(slots=True)
class Cost:
    """Of one thing at one size: milliseconds on the clock and database pages each time, milliseconds of processors."""

    walls: list[float] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)
    cpu: float = 0.0

    @property
    def mean_cpu(self) -> float:
        return self.cpu / len(self.walls)


def measure(grounds: list[Ground], what: Callable[[Ground], None], *, times: int) -> list[Cost]:
    """One size after the other, over and over: what else the machine does meanwhile meets all of them alike."""
    costs = [Cost() for _ in grounds]
    for ground in grounds:
        what(ground)
    for _ in range(times):
        for ground, cost in zip(grounds, costs, strict=True):
            pages, pids = _pages(ground.ports.engine), _backends(ground.ports.engine)
            start, cpu = time.perf_counter(), time.process_time() + _seconds(pids)
            what(ground)
            cost.walls.append((time.perf_counter() - start) * 1000)
            cost.cpu += (time.process_time() + _seconds(pids) - cpu) * 1000
            cost.pages.append(_pages(ground.ports.engine) - pages)
    return costs


def page(grounds: list[Ground], *, load: float) -> str:
    """The table for people."""
    heads = ["none" if each.size == 0 else f"{each.size:,}" for each in grounds]
    lines = [
        "# The product at size",
        "",
        f"{clock.now():%d/%m/%Y}, {os.cpu_count()} cores, load {load:.1f} before. `make bench-size` runs it again.",
        "",
        "Half of the cases wait in the queue, half are over, with all that their documents, payment and receipt left.",
        "Measured in turns: milliseconds on the clock (median) and of the processors (mean; ours and our connections'",
        "in PostgreSQL), and pages of the database that were looked at (median), which other work hardly disturbs.",
        "",
        f"| what | {' | '.join(heads)} | last ÷ first |",
        f"|---|{'--:|' * (len(grounds) + 1)}",
    ]
    for title, (times, what) in WORK.items():
        costs = measure(grounds, what, times=times)
        lines.append(_line(title, [median(each.walls) for each in costs]))
        if what is not Ground.command:
            lines.append(_line("… processors", [each.mean_cpu for each in costs]))
            lines.append(_line("… pages", [median(each.pages) for each in costs], digits=0))
    return "\n".join(lines) + "\n" + _WHY


def _line(title: str, figures: list[float], *, digits: int = 1) -> str:
    shown = " | ".join(f"{each:.{digits}f}" for each in figures)
    return f"| {title} | {shown} | {figures[-1] / max(figures[0], 0.01):.2f} |"


def _pages(engine: Engine) -> int:
    """How many pages were read so far, near or far; each connection keeps its own count back until it is told."""
    pool = engine.pool
    with ExitStack() as stack:
        for _ in range(pool.checkedin() if isinstance(pool, QueuePool) else 0):
            connection = stack.enter_context(engine.connect())
            connection.execute(text("select pg_stat_force_next_flush()"))
            connection.commit()
    with engine.connect() as connection:
        return int(connection.scalar(text(_TOUCHED)) or 0)


def _backends(engine: Engine) -> list[int]:
    with engine.connect() as connection:
        return list(connection.scalars(text(_BACKENDS)))


def _seconds(pids: list[int]) -> float:
    """On a processor, of these processes, from /proc, which counts them in nanoseconds there."""
    return sum(int(Path(f"/proc/{pid}/schedstat").read_text("utf-8").split()[0]) for pid in pids) / 1e9


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[100_000, 1_000_000])
    before = os.getloadavg()[0]
    with grounds_of([0, *parser.parse_args().sizes]) as made:
        _PAGE.write_text(page(made, load=before), "utf-8")
    print(_PAGE.read_text("utf-8"))  # noqa: T201 - a command's output

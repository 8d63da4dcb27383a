"""Writes what was found as a page: who died, how soon the others went on, and whether all ended right."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.machines.trial import Outcome
from infra import clock

_HEAD: Final = (
    "| killed | back after, s | renewals | under way | next step, s: p50 | longest | all, s | flow runs | open tasks |",
    "|---|--:|--:|--:|--:|--:|--:|---|--:|",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`rates`: renewals a second by the number of workers. `wrong`: what is not as it should be, in words."""

    outcomes: Sequence[Outcome]
    rates: Mapping[int, float]
    rate_of: int
    wrong: Sequence[str]
    load: float


def write(page: Path, report: Report) -> None:
    total = sum(each.renewals for each in report.outcomes)
    lines = [
        "# Several machines",
        "",
        (
            f"Written by `make prove-machines` on {clock.now():%Y-%m-%d}: {os.cpu_count()} cores, load "
            f"{report.load:.1f} before the start. Two Prefect API servers behind HAProxy, Prefect's services once, "
            "Redis, PostgreSQL, MinIO, the web, the sandbox and three workers, each a process of its own. One after "
            "the other was killed (SIGKILL, with all that it had started) while renewals were under way and payers "
            "paid; after a while it was started again."
        ),
        "",
        _verdict(report, total),
        "",
        *_HEAD,
        *(_row(each) for each in report.outcomes),
        "",
        (
            "*Next step*: for each case that was under way at the blow, how long until its next step was written "
            "down. *All*: from the release until the last one was completed. *Flow runs*: what Prefect's UI says of "
            "these cases' runs in the end; when there are more runs than cases, one that died on the way was replaced. "
            "*Open tasks*: task rows that the UI shows as not ended though their run is."
        ),
        "",
        "## How much faster with more workers",
        "",
        f"{report.rate_of} renewals released at once, nothing killed.",
        "",
        "| workers | renewals a second |",
        "|--:|--:|",
        *(f"| {workers} | {rate:.2f} |" for workers, rate in sorted(report.rates.items())),
        "",
        (
            f"All of it shares {os.cpu_count()} cores here, payers and sandbox too, so this says what more workers "
            "cost, and not what more machines bring."
        ),
        "",
    ]
    page.write_text("\n".join(lines), "utf-8")


def _verdict(report: Report, total: int) -> str:
    if not report.wrong:
        return (
            f"{total} renewals: **every one completed, with one capture in our books and the same one in the bank's, "
            "and one receipt.**"
        )
    return "**Not right:** " + "; ".join(report.wrong) + "."


def _row(outcome: Outcome) -> str:
    away = f"{outcome.blow.away:.0f}" if outcome.blow.victim else ""
    middle = f"{median(outcome.moved):.1f}" if outcome.moved else ""
    longest = f"{outcome.moved[-1]:.1f}" if outcome.moved else ""
    runs = ", ".join(f"{count} {state}" for state, count in sorted(outcome.runs.items()))
    return (
        f"| {outcome.blow.title} | {away} | {outcome.completed} of {outcome.renewals} | {outcome.hit} | {middle} "
        f"| {longest} | {outcome.seconds:.0f} | {runs} | {outcome.unfinished_tasks} |"
    )

"""`python -m benchmarks.machines --renewals 60`: one of each dies under load; writes benchmarks/machines.md."""

import argparse
import os
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.checking import check
from benchmarks.machines.bed import Bed, bed
from benchmarks.machines.blows import BLOWS, NOTHING, Blow
from benchmarks.machines.page import Report, write
from benchmarks.machines.people import Payers, file_cases
from benchmarks.machines.trial import Outcome, carry
from benchmarks.renewals import BenchmarkError
from infra import clock
from infra.demo.crowd import make_crowd
from infra.stack.places import CHECKOUT
from infra.stack.progress import Progress

PAGE: Final = CHECKOUT / "benchmarks" / "machines.md"
_WORKERS: Final = 3
_WARM_UP: Final = 4
_SHARE: Final = 5  # of the renewals, each blow gets this part


def main() -> int:
    asked = argparse.ArgumentParser(prog="benchmarks.machines", description=__doc__)
    asked.add_argument("--renewals", type=int, default=60, help="for each rate; a fifth of it at each blow")
    asked.add_argument(
        "--only", nargs="+", default=[], help="only blows with such a word in the title; no rates, no page"
    )
    asked.add_argument("--page", type=Path, default=PAGE)
    given = asked.parse_args()
    words = [word.casefold() for word in given.only] or [""]
    chosen = [blow for blow in BLOWS if any(word in blow.title.casefold() for word in words)]
    console = Console(highlight=False)
    report = _run(console, blows=chosen, renewals=given.renewals, rates=not given.only)
    if not given.only:
        write(given.page, report)
    for line in report.wrong:
        console.print(f"[red]✗[/] {line}", soft_wrap=True)
    return 1 if report.wrong else 0


def _run(console: Console, *, blows: list[Blow], renewals: int, rates: bool) -> Report:
    load, each = os.getloadavg()[0], max(1, renewals // _SHARE)
    filed = _WARM_UP + each * len(blows) + (2 * renewals if rates else 0)
    people = make_crowd(filed, on=clock.kuwait_date(clock.now()))
    with bed(workers=_WORKERS, tell=Progress(console)) as ground, Payers(ground.ports):
        console.print(f"{filed} cases are filed")
        cases = iter(file_cases(ground, list(people)))
        carry(ground, list(islice(cases, _WARM_UP)), NOTHING)
        found = _rates(ground, cases, renewals, console) if rates else {}
        outcomes = [_told(carry(ground, list(islice(cases, each)), blow), console) for blow in blows]
        wrong = [f"after {one.blow.title}: {_what(one)}" for one in outcomes if not one.is_right]
        try:
            check(ground.ports, sandbox=ground.sandbox, renewals=filed)
        except BenchmarkError as error:
            wrong.append(str(error))
    return Report(outcomes=outcomes, rates=found, rate_of=renewals, wrong=wrong, load=load)


def _rates(ground: Bed, cases: Iterator[str], renewals: int, console: Console) -> dict[int, float]:
    """With all workers, and with the first alone; the others come back afterwards."""
    found = {_WORKERS: renewals / _told(carry(ground, list(islice(cases, renewals)), NOTHING), console).seconds}
    others = [ground.parts[name].child for name in ground.workers[1:]]
    for child in others:
        child.stop(grace=60)
    found[1] = renewals / _told(carry(ground, list(islice(cases, renewals)), NOTHING), console).seconds
    for child in others:
        child.start()
    return found


def _told(outcome: Outcome, console: Console) -> Outcome:
    mark = "[green]✓[/]" if outcome.is_right else "[red]✗[/]"
    longest = f", the longest wait {outcome.moved[-1]:.1f} s" if outcome.moved else ""
    console.print(
        f"{mark} {outcome.blow.title}: {outcome.completed} of {outcome.renewals} in {outcome.seconds:.1f} s{longest}",
        soft_wrap=True,
    )
    return outcome


def _what(outcome: Outcome) -> str:
    runs = ", ".join(f"{count} {state}" for state, count in sorted(outcome.runs.items()))
    return f"{outcome.completed} of {outcome.renewals} completed; flow runs: {runs or 'none'}"


if __name__ == "__main__":
    sys.exit(main())

"""`make prove-healing` and `make soak`: a storm, run long; writes what it met into `benchmarks/`."""

import logging
import os
import sys
import time
from typing import Annotated, Final, Literal

import structlog
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from infra.clock import kuwait_date, now
from infra.stack import Places
from infra.stack.clean import clean
from infra.stack.places import CHECKOUT
from infra.stack.progress import Progress as StackProgress
from tests.storm.audit import audit
from tests.storm.bed import open_bed
from tests.storm.recovery import Recovery, recoveries
from tests.storm.weather import Plan, Storm

PLACES: Final = Places(CHECKOUT / "var" / "storm")
_HEADINGS: Final = {"healing": "One fault at a time", "soak": "Three faults at a time"}

_TEXT: Final = """# {heading}

Written by `make {verb}` on {day}: {cores} cores, load {load:.1f} before the start, seed {seed}.

{plan.cases} mixed cases were carried through {struck} faults, {plan.at_once} at a time every {plan.apart:.0f} s, in
{minutes:.0f} minutes. *kill* is SIGKILL of a part with all that it started, begun again after a second; *stop* is
SIGSTOP, for 20 s of a worker (longer than its lease) and 8 s of others.

**{verdict}**
{wrong}
Seconds from the fault until the next thing happened to each case that waited on us when it struck:

| fault | times | cases met | p50 | p95 | longest |
|---|--:|--:|--:|--:|--:|
{rows}
"""


def main(
    kind: Annotated[Literal["healing", "soak"], typer.Argument(help="One fault at a time, or three.")],
    cases: Annotated[int, typer.Option(min=1, help="How many renewals.")] = 1000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same people and the same faults.")] = 1,
    apart: Annotated[float, typer.Option(help="Seconds between two rounds of faults.")] = 20.0,
) -> None:
    """Carry renewals through a stack whose parts are killed and stopped, and audit what came of it."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    console, load = Console(), os.getloadavg()[0]
    plan = Plan(cases=cases, at_once=1 if kind == "healing" else 3, apart=apart)
    clean(PLACES)
    begun = time.monotonic()
    with open_bed(PLACES, StackProgress(console)) as bed, _bar(console) as bar:
        task = bar.add_task("Cases ended", total=cases)
        storm = Storm(bed, seed)
        storm.rage(plan, lambda done: bar.update(task, completed=done))
        seconds = time.monotonic() - begun
        wrong, met = audit(storm), recoveries(storm)
    text = _report(kind, plan, met, wrong, seed=seed, seconds=seconds, load=load)
    (CHECKOUT / "benchmarks" / f"{kind}.md").write_text(text, "utf-8")
    console.print(text)
    sys.exit(1 if wrong else 0)


def _bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console)


def _report(
    kind: str, plan: Plan, met: list[Recovery], wrong: list[str], *, seed: int, seconds: float, load: float
) -> str:
    verb = {"healing": "prove-healing", "soak": "soak"}[kind]
    verdict = f"{len(wrong)} things were wrong." if wrong else "All cases ended where they should, nothing twice."
    return _TEXT.format(
        heading=_HEADINGS[kind],
        verb=verb,
        day=kuwait_date(now()),
        cores=os.cpu_count(),
        load=load,
        plan=plan,
        seed=seed,
        struck=sum(each.times for each in met),
        minutes=seconds / 60,
        verdict=verdict,
        wrong="".join(f"- {each}\n" for each in wrong[:50]),
        rows="\n".join(
            f"| {each.fault} | {each.times} | {each.cases} | {each.p50:.1f} | {each.p95:.1f} | {each.longest:.1f} |"
            for each in met
        ),
    )


if __name__ == "__main__":
    typer.run(main)

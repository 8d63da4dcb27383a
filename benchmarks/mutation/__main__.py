"""`make mutants`: break what decides about money in every small way, run the unit tests on each, write the result."""

import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from benchmarks.mutation.mutants import Mutant, all_mutants
from benchmarks.mutation.report import WANTED, is_enough, unexplained, written
from benchmarks.mutation.trials import Verdict, try_all

RESULTS: Final = Path(__file__).resolve().parents[1] / "mutation.md"
AT_ONCE: Final = 3 * (os.cpu_count() or 1)  # a machine that others use gives each its share


def main() -> int:
    """0 when enough mutants died and each of the others has its reason; safe to interrupt: no file is changed."""
    signal.signal(signal.SIGINT, signal.default_int_handler)  # also in the background
    console = Console()
    began = time.monotonic()
    mutants = all_mutants()
    random.Random(len(mutants)).shuffle(mutants)  # noqa: S311 - so that a run that is stopped early is a fair sample
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bar = progress.add_task("mutants tried", total=len(mutants))

        def told(mutant: Mutant, verdict: Verdict) -> None:
            progress.advance(bar)
            if not verdict.is_death:
                progress.print(
                    f"survived: {mutant.module}:{mutant.line} {mutant.before} -> {mutant.after}", markup=False
                )

        results = try_all(mutants, at_once=AT_ONCE, told=told)
    RESULTS.write_text(written(results, made=len(mutants), seconds=time.monotonic() - began), "utf-8")
    for mutant in unexplained(results):
        console.print(f"survived, no reason given: {mutant.module}:{mutant.line} {mutant.before} -> {mutant.after}")
    console.print(f"{RESULTS.name} is written; at least {WANTED} % have to die.")
    return 0 if is_enough(results) and not unexplained(results) else 1


if __name__ == "__main__":
    sys.exit(main())

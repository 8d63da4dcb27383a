"""What became of the mutants, as a page; a survivor is explained in `survivors.yaml`."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

import yaml

from benchmarks.mutation.mutants import Mutant
from benchmarks.mutation.trials import Verdict, counted

WANTED: Final = 90
"""Per cent."""

REASONS: Final = Path(__file__).with_name("survivors.yaml")
Results = Sequence[tuple[Mutant, Verdict]]

_HEAD: Final = """# Mutation testing of what decides about money

Written by `make mutants`. Each mutant is one small change to the decision function, the schedule of checks, the order's
status or a money machine's table; the unit tests run on it, and should fail. Changes to code are made by Cosmic Ray's
operators (comparisons, numbers, `and`/`or`, `not`, constants), without those whose mutants could not run at all. Two
operators of our own change tables: *another member* puts the next member of an enumeration in the place of one (an edge
leads elsewhere, begins elsewhere, belongs to another event, a state waits for somebody else), and *left out* drops an
entry of a table or set. The tests hold the tables a second time, as text.

"""


def written(results: Results, *, made: int, seconds: float) -> str:
    died = sum(verdict.is_death for _, verdict in results)
    kinds = Counter(verdict for _, verdict in results)
    told = ", ".join(f"{number} {kind.value}" for kind, number in sorted(kinds.items()))
    lines = [
        f"**{died} of {len(results)} died ({_share(died, len(results))}).** {told}. It took {seconds / 60:.0f} min."
    ]
    if len(results) < made:
        lines += ["", f"Stopped early: of {made} mutants these were tried, taken at random."]
    lines += ["", "| module | died | of | |", "|---|---:|---:|---:|"]
    lines += [f"| `{name}` | {dead} | {of} | {_share(dead, of)} |" for name, dead, of in counted(results)]
    lines += ["", "## Survivors", "", "| where | change | why no test notices |", "|---|---|---|"]
    lines += list(_survivors(results))
    return _HEAD + "\n".join(lines) + "\n"


def is_enough(results: Results) -> bool:
    return 100 * sum(verdict.is_death for _, verdict in results) >= WANTED * len(results)


def unexplained(results: Results) -> list[Mutant]:
    reasons = _reasons()
    return [mutant for mutant, verdict in results if not verdict.is_death and _key(mutant) not in reasons]


def _survivors(results: Results) -> Iterator[str]:
    reasons = _reasons()
    for mutant, verdict in results:
        if not verdict.is_death:
            change = f"`{mutant.before}` → `{mutant.after}`".replace("|", "\\|")
            yield f"| `{mutant.module}` {mutant.line} | {change} | {reasons.get(_key(mutant), '**not explained**')} |"


def _reasons() -> dict[tuple[str, str, str], str]:
    """By module and change, not by line: lines move."""
    entries = yaml.safe_load(REASONS.read_text("utf-8")) or []
    return {(each["module"], each["before"], each["after"]): each["reason"] for each in entries}


def _key(mutant: Mutant) -> tuple[str, str, str]:
    return mutant.module, mutant.before, mutant.after


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %"

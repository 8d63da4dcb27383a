"""One batch of renewals, carried to its end, with at most one blow in the middle."""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import httpx

from benchmarks.machines.bed import Bed
from benchmarks.machines.blows import Blow, strike
from benchmarks.machines.people import patiently
from benchmarks.machines.watching import runs_of, seconds_to_move, statuses, under_way, unfinished_tasks
from infra.errors import TransientError
from infra.queue import release_cases
from models.case import CaseStatus

_PATIENCE: Final = 240.0
_LOOK_AGAIN: Final = 0.1
_RUNS_PATIENCE: Final = 90.0
_EARLY: Final = frozenset({CaseStatus.SUBMITTED, CaseStatus.RELEASED})
_COMPLETED: Final = "Completed"
_ENDED: Final = frozenset({_COMPLETED, "Failed", "Crashed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`moved`: seconds from the blow to the next step of each case that was under way then."""

    blow: Blow
    renewals: int
    completed: int
    hit: int
    moved: list[float]
    seconds: float
    runs: dict[str, int]  # by the name of their state
    unfinished_tasks: int

    @property
    def is_right(self) -> bool:
        """Every case completed, by a run that Prefect knows as completed; one that died on the way was replaced."""
        ended = _ENDED.issuperset(self.runs) and self.runs.get(_COMPLETED, 0) >= self.renewals
        return self.completed == self.renewals and ended


def carry(bed: Bed, references: Sequence[str], blow: Blow) -> Outcome:
    """Release them all, strike when the first is on its way, start the victim again, and wait for the last one."""
    _release(bed, references)
    began = time.monotonic()
    _until(lambda: bool(_on_their_way(bed, references)))
    cases, since = under_way(bed.ports, references), bed.ports.now()
    with struck(bed, blow) as look:
        _until(lambda: look() or _all_completed(bed, references))
    seconds = time.monotonic() - began
    _until(lambda: _runs(bed, references) == {_COMPLETED: len(references)}, patience=_RUNS_PATIENCE)
    return Outcome(
        blow=blow,
        renewals=len(references),
        completed=_completed(bed, references),
        hit=len(cases),
        moved=seconds_to_move(bed.ports, cases, since=since),
        seconds=seconds,
        runs=_runs(bed, references),
        unfinished_tasks=unfinished_tasks(bed.ports, runs_of(bed.ports, references)),
    )


def _release(bed: Bed, references: Sequence[str]) -> None:
    """One that is in somebody else's hands just now, such as the ranking's, is asked for again."""
    waiting = set(references)
    while waiting:
        asked = sorted(waiting)
        waiting -= set(
            patiently(lambda: release_cases(bed.ports, actor="machines", limit=len(asked), references=asked))  # noqa: B023
        )
        time.sleep(_LOOK_AGAIN)


@contextmanager
def struck(bed: Bed, blow: Blow) -> Iterator[Callable[[], None]]:
    """Strike; what is yielded starts the victim again when its time has come, and so does the end of the block."""
    if not blow.victim:
        yield lambda: None
        return
    child = bed.parts[blow.victim].child
    strike(bed.parts[blow.victim], blow)
    back = time.monotonic() + blow.away

    def look() -> None:
        if time.monotonic() > back and not child.is_running:
            child.start()

    yield look
    if not child.is_running:
        child.start()


def _until(condition: Callable[[], bool], *, patience: float = _PATIENCE) -> None:
    """Wait for the condition, or for as long as one has patience: what is not right then is told in the outcome."""
    end = time.monotonic() + patience
    while not condition() and time.monotonic() < end:
        time.sleep(_LOOK_AGAIN)


def _on_their_way(bed: Bed, references: Sequence[str]) -> list[CaseStatus]:
    return [each for each in patiently(lambda: statuses(bed.ports, references)) if each not in _EARLY]


def _all_completed(bed: Bed, references: Sequence[str]) -> bool:
    """Not for as long as the database cannot be asked: waiting for it here, nobody would start it again."""
    try:
        return statuses(bed.ports, references).count(CaseStatus.COMPLETED) == len(references)
    except TransientError:
        return False


def _completed(bed: Bed, references: Sequence[str]) -> int:
    return patiently(lambda: statuses(bed.ports, references)).count(CaseStatus.COMPLETED)


def _runs(bed: Bed, references: Sequence[str]) -> dict[str, int]:
    """How many runs of these cases are in which state; empty while Prefect cannot be asked."""
    try:
        return dict(Counter(run["state_name"] for run in runs_of(bed.ports, references)))
    except httpx.HTTPError:
        return {}

"""A storm: applicants arrive, payers pay, faults strike by a seed, until every case has ended or time is over."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Final
from uuid import UUID

from tests.storm.bed import VICTIMS, Bed, Way
from tests.storm.counter import Counter
from tests.storm.payers import Payers
from tests.storm.people import Applicant

_STOPPED: Final = {"worker": 20.0, "worker-2": 20.0}
_STOPPED_SECONDS: Final = 8.0
"""A worker is stopped for longer than its life: what it still writes when it goes on must be refused."""

_NEEDED_TO_HAND_IN: Final = ("postgres", "minio", "sandbox")
_TICK: Final = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """So many more `cases`, and `at_once` faults every `apart` seconds, until none has ended for `patience` seconds."""

    cases: int
    at_once: int = 1
    apart: float
    victims: tuple[str, ...] = VICTIMS
    ways: tuple[Way, ...] = ("kill", "stop")
    in_flight: int = 24
    patience: float = 240.0


@dataclass(frozen=True, slots=True)
class Strike:
    """What struck, when, and the cases that waited on us at that moment."""

    fault: str
    at: float
    cases: frozenset[UUID]


@dataclass
class Storm:
    bed: Bed
    seed: int
    strikes: list[Strike] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = Random(self.seed)  # noqa: S311 - the same storm from the same seed
        self._counter = Counter(self.bed, chance=self._chance)

    @property
    def applicants(self) -> dict[str, Applicant]:
        """By the reference of their case."""
        return self._counter.applicants

    def admit(self, number: int) -> None:
        self._counter.admit(number)

    def rage(self, plan: Plan, tell: Callable[[int], None] = lambda _done: None) -> None:
        """From one thread: processes are started again in it."""
        payers = Payers(self.bed.ports.settings.public_url, chance=self._chance)
        wanted, done = len(self.applicants) + plan.cases, 0
        struck = moved = time.monotonic()
        try:
            while done < wanted and time.monotonic() - moved < plan.patience:
                self.bed.tend()
                before, done = done, self._counter.ended(payers) or done
                tell(done)
                if done > before or self._admit(plan, wanted, done):
                    moved = time.monotonic()
                if time.monotonic() - struck > plan.apart and done < wanted - plan.in_flight // 2:
                    self._strike(plan)  # the last ones come through in peace
                    struck = time.monotonic()
                time.sleep(_TICK)
        finally:
            self._calm()
            payers.close()

    def _admit(self, plan: Plan, wanted: int, done: int) -> bool:
        here = len(self.applicants)
        room = min(plan.in_flight - (here - done), wanted - here, 4)
        if room <= 0 or any(self.bed.is_struck(each) for each in _NEEDED_TO_HAND_IN):
            return False
        self.admit(room)
        return True

    def _strike(self, plan: Plan) -> None:
        well = [each for each in _of(plan.victims) if not self.bed.is_struck(each)]
        flying = self._counter.waiting_on_us()
        for victim in self._chance.sample(well, min(plan.at_once, len(well))):
            way = self._chance.choice(plan.ways)
            fault = self.bed.strike(victim, way, seconds=_STOPPED.get(victim, _STOPPED_SECONDS))
            self.strikes.append(Strike(f"{victim} {way}", fault.at, flying))

    def _calm(self) -> None:
        """Everything runs again."""
        end = time.monotonic() + 60
        while any(not fault.over for fault in self.bed.faults) and time.monotonic() < end:
            self.bed.tend()
            time.sleep(_TICK)


def _of(victims: tuple[str, ...]) -> Iterator[str]:
    """Of the workers the one or the other."""
    for each in victims:
        yield each
        if each == "worker":
            yield "worker-2"

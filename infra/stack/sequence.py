"""Bring parts up in the order of their needs, as many at once as can be, and take them down the other way round.

One thread does it all: a child dies with the thread that started it, and Ctrl-C reaches the main thread.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from infra.stack.part import Part

PAUSE: Final = 0.03


class Phase(StrEnum):
    STARTING = "starting"
    READY = "ready"
    STOPPING = "stopping"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Happening:
    """A part entered a phase; `seconds` since it was started, or asked to stop."""

    part: Part
    phase: Phase
    seconds: float = 0.0


Listener = Callable[[Happening], None]


def silent(_happening: Happening) -> None:
    """Tell nobody."""


def bring_up(parts: Sequence[Part], tell: Listener = silent) -> None:
    """Return when every part is ready; PartFailedError when one cannot be. The caller takes down what did start."""
    present = {part.name for part in parts}
    waiting = list(parts)
    starting: dict[str, tuple[Part, float]] = {}
    ready: set[str] = set()
    while waiting or starting:
        for part in [part for part in waiting if part.needs & present <= ready]:
            waiting.remove(part)
            tell(Happening(part, Phase.STARTING))
            starting[part.name] = (part, time.monotonic())
            part.start()
        for part, began in list(starting.values()):
            if _became_ready(part, began, tell):
                ready.add(part.name)
                del starting[part.name]
        time.sleep(PAUSE)


def _became_ready(part: Part, began: float, tell: Listener) -> bool:
    seconds = time.monotonic() - began
    if part.is_ready():
        tell(Happening(part, Phase.READY, seconds))
        return True
    if seconds > part.start_patience:
        raise part.child.failed(f"was not ready after {part.start_patience:.0f} s")
    return False


def take_down(parts: Sequence[Part], tell: Listener = silent) -> None:
    """Stop what runs, dependants first; whoever interrupts the waiting ends everything at once."""
    below = _needs_of_needs(parts)
    asked: dict[str, float] = {}
    told: set[str] = set()
    try:
        while running := [part for part in parts if part.child.is_running]:
            for part in running:
                leaned_on = any(part.name in below[other.name] for other in running)
                if not leaned_on:
                    _urge(part, asked, tell)
            time.sleep(PAUSE)
            ended = [part for part in running if not part.child.is_running]
            told.update(part.name for part in ended)
            _tell_the_end(ended, asked, tell)
    finally:
        for part in reversed(parts):
            part.child.kill()
        _tell_the_end([part for part in parts if part.name not in told], asked, tell)


def _tell_the_end(parts: Sequence[Part], asked: dict[str, float], tell: Listener) -> None:
    now = time.monotonic()
    for part in parts:
        tell(Happening(part, Phase.STOPPED, now - asked.get(part.name, now)))


def _urge(part: Part, asked: dict[str, float], tell: Listener) -> None:
    now = time.monotonic()
    if part.name not in asked:
        asked[part.name] = now
        tell(Happening(part, Phase.STOPPING))
        part.child.ask_to_stop()
    elif now - asked[part.name] > part.stop_patience:
        part.child.kill()


def _needs_of_needs(parts: Sequence[Part]) -> dict[str, frozenset[str]]:
    direct = {part.name: part.needs for part in parts}

    def closure(name: str) -> frozenset[str]:
        needs = direct.get(name, frozenset())
        return needs.union(*(closure(need) for need in needs))

    return {name: closure(name) for name in direct}

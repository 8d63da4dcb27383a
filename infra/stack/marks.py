"""One mark per started process, so that what a killed run left behind is found and stopped, and nothing else is."""

import json
import os
import signal
import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from infra.stack import procfs

PATIENCE: Final = 5.0


@dataclass(frozen=True, slots=True)
class Mark:
    """Names one process for ever: number, start and boot. Children lead their own session, so `pid` names that too."""

    pid: int
    started: int
    boot: str
    stop_signal: int

    def living(self) -> list[procfs.Process]:
        """What is left of the process and of everything it started."""
        if self.boot != procfs.boot_id():
            return []
        leader = procfs.look(self.pid)
        if leader is not None and leader.started != self.started:
            return []  # the number was given to a stranger, so Linux had seen our session empty
        return [process for process in procfs.session_members(self.pid) if process.started >= self.started]


def write(file: Path, pid: int, *, stop_signal: signal.Signals) -> None:
    process = procfs.look(pid)
    if process is None:
        return
    mark = Mark(pid=pid, started=process.started, boot=procfs.boot_id(), stop_signal=stop_signal)
    file.write_text(json.dumps(asdict(mark)))


def read(file: Path) -> Mark | None:
    """The mark, or None when the run was killed in the middle of writing it."""
    try:
        return Mark(**json.loads(file.read_text()))
    except (ValueError, TypeError):
        return None


def stop_leftovers(folder: Path) -> list[str]:
    """Stop what an earlier run left behind, gently first; return the names of the parts that were still there."""
    found = {file: read(file) for file in sorted(folder.glob("*.json"))}
    alive = {file: mark for file, mark in found.items() if mark is not None and mark.living()}
    for mark in alive.values():
        living = mark.living()
        leader = [process for process in living if process.pid == mark.pid]
        send(leader or living, signal.Signals(mark.stop_signal))
    _wait_for_the_end(alive.values())
    for mark in alive.values():
        send(mark.living(), signal.SIGKILL)
    _wait_for_the_end(alive.values())
    for file in found:
        file.unlink()
    return [file.stem for file in alive]


def _wait_for_the_end(found: Collection[Mark]) -> None:
    deadline = time.monotonic() + PATIENCE
    while any(mark.living() for mark in found) and time.monotonic() < deadline:
        time.sleep(0.05)


def send(processes: list[procfs.Process], number: signal.Signals) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process.pid, number)

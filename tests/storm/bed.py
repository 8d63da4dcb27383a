"""The stack of a storm: two workers, and whoever dies is started again, as an orchestrator does."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from infra.settings import Settings
from infra.stack import LocalStack, Places, marks, procfs
from infra.stack.application import MIGRATE, SANDBOX, WEB, WORKER
from infra.stack.errors import PartFailedError
from infra.stack.part import Part
from infra.stack.sequence import Listener, silent
from infra.wiring import Ports, build

Way = Literal["kill", "stop"]
SECOND_WORKER: Final = replace(WORKER, name="worker-2", title="Worker 2")
VICTIMS: Final = ("worker", "prefect", "postgres", "minio", "sandbox", "web")
_RESTART_AFTER: Final = 1.0
_SHORT: Final = {
    "RENEWAL_PAYMENTS__PAGE_TTL": "PT45S",
    "RENEWAL_PAYMENTS__GRACE": "PT15S",
    "RENEWAL_PAYMENTS__NOT_FOUND_APART": "PT20S",
    "RENEWAL_PAYMENTS__CONFIRM_AFTER": "PT10S",
}
"""A payer whose page died with the bank waits so long for another one; in earnest three quarters of an hour."""


@dataclass(slots=True)
class Fault:
    """`kill` is SIGKILL of the part and all that it started; `stop` is SIGSTOP, and SIGCONT after `seconds`."""

    victim: str
    way: Way
    at: float
    seconds: float
    over: bool = False


@dataclass
class Bed:
    """Used from one thread: a child dies with the thread that started it."""

    stack: LocalStack
    ports: Ports
    sandbox: str
    faults: list[Fault] = field(default_factory=list)
    _starting: dict[str, float] = field(default_factory=dict)

    def strike(self, victim: str, way: Way, *, seconds: float) -> Fault:
        part = self.stack.parts[victim]
        fault = Fault(victim, way, time.time(), seconds)
        number = signal.SIGKILL if way == "kill" else signal.SIGSTOP
        marks.send(procfs.session_members(part.child.pid), number)
        self.faults.append(fault)
        return fault

    def tend(self) -> None:
        """Let go on what was stopped for long enough; start again what died."""
        for fault in self.faults:
            if not fault.over and fault.way == "stop" and time.time() - fault.at > fault.seconds:
                marks.send(procfs.session_members(self.stack.parts[fault.victim].child.pid), signal.SIGCONT)
                fault.over = True
        for name, part in self.stack.parts.items():
            if not part.one_shot and not part.child.is_running:
                self._start_again(name, part)
        self._note_the_ready()

    def is_struck(self, victim: str) -> bool:
        return any(fault.victim == victim and not fault.over for fault in self.faults)

    def _start_again(self, name: str, part: Part) -> None:
        now = time.monotonic()
        since = self._starting.setdefault(name, now)
        if now - since >= _RESTART_AFTER:
            part.child.kill()  # what the dead left behind
            part.start()
            self._starting[name] = now + part.start_patience

    def _note_the_ready(self) -> None:
        """A killed part is over its fault when it answers again."""
        for fault in self.faults:
            part = self.stack.parts[fault.victim]
            if not fault.over and fault.way == "kill" and part.child.is_running and _answers(part):
                fault.over = True
                self._starting.pop(fault.victim, None)


def _answers(part: Part) -> bool:
    try:
        return part.is_ready()
    except PartFailedError:
        return False


@contextmanager
def open_bed(places: Places, tell: Listener = silent) -> Iterator[Bed]:
    before = dict(os.environ)
    apps = (MIGRATE, SANDBOX, WEB, WORKER, SECOND_WORKER)
    for name in [each for each in before if each.startswith("RENEWAL_")]:
        del os.environ[name]  # whatever was configured, the stack is to be whole: a store of its own too
    try:
        with LocalStack(places=places, apps=apps, tell=tell, private_ports=True, settings=_SHORT) as stack:
            os.environ.update(stack.environment)
            with closing(build(Settings())) as ports:  # pyright: ignore[reportCallIssue]
                yield Bed(stack, ports, stack.ports.url("sandbox"))
    finally:
        os.environ.clear()
        os.environ.update(before)

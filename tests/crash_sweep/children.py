"""Processes of the sweep: forked from a warm parent, gone with it, and asked afterwards how far they came."""

import ctypes
import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass

from tests.crash_sweep.moments import Moments

_PR_SET_PDEATHSIG = 1


@dataclass
class Child:
    """A process that does one act."""

    pid: int
    _report: int
    _die_at: int | None

    @classmethod
    def that_does(cls, act: Callable[[Moments], object], *, die_at: int | None) -> "Child":
        """Start it; it ends with the act, or is killed at its nth moment."""
        reading, writing = os.pipe()

        def work() -> None:
            os.close(reading)
            act(Moments(writing, die_at=die_at))

        pid = forked(work)
        os.close(writing)
        return cls(pid, reading, die_at)

    def end(self, *, stop: bool = False) -> list[str]:
        """The moments that it came to. `stop` ends one that would serve for ever, once it has done what it began.

        An act that ended by itself before its nth moment, or in another way than it should, is an error.
        """
        if stop:
            os.kill(self.pid, signal.SIGTERM)
        with os.fdopen(self._report, "rb") as report:
            told = report.read().decode().splitlines()
        _, status = os.waitpid(self.pid, 0)
        expected = (signal.SIGKILL if self._die_at else signal.SIGTERM if stop else 0, self._die_at or len(told))
        if (os.waitstatus_to_exitcode(status), len(told)) != (-expected[0], expected[1]):
            raise AssertionError(f"it was to die at moment {self._die_at}, and came to {told} (status {status})")
        return told


def forked(work: Callable[[], object]) -> int:
    """The id of a child that does the work and leaves without tidying up what is the parent's."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        gc.disable()  # it would copy what it looks at, and nobody lives long here
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        work()
        code = 0
    except BaseException:  # noqa: BLE001 - whatever it was, the parent must not go on in two processes
        traceback.print_exc(file=sys.stderr)
    finally:
        os._exit(code)

"""A child process of the stack: its log, its gentle and its certain end, and its death with its parent."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.stack import marks, procfs
from infra.stack.errors import PartFailedError
from infra.stack.places import Places

LAUNCHER: Final = Path(__file__).with_name("launch.py")
TAIL_LINES: Final = 20


@dataclass(frozen=True, slots=True)
class Account:
    """Whom a child runs as, when not as ourselves."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    name: str
    words: tuple[str, ...]
    folder: Path
    environment: Mapping[str, str] = field(repr=False)  # holds passwords
    account: Account | None = None
    stop_signal: signal.Signals = signal.SIGTERM


class Child:
    """Start it from a thread that lives as long as the child shall: Linux counts the thread's end as the parent's."""

    def __init__(self, command: Command, places: Places) -> None:
        self.command = command
        self.log = places.logs / f"{command.name}.log"
        self.mark = places.marks / f"{command.name}.json"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int:
        if self._process is None:
            raise PartFailedError(self.name, "was not started", "")
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None before the start and while it runs."""
        return None if self._process is None else self._process.poll()

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def start(self) -> None:
        """Start it with a fresh log; the log of the run before is kept beside it."""
        with suppress(FileNotFoundError):
            self.log.replace(self.log.with_suffix(".previous.log"))
        account = self.command.account
        owner = f"{account.uid}:{account.gid}" if account else ""
        launch = [
            sys.executable,
            "-I",
            "-S",
            str(LAUNCHER),
            str(os.getpid()),
            str(int(self.command.stop_signal)),
            owner,
        ]
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the stack's own commands
                [*launch, *self.command.words],
                cwd=self.command.folder,
                env=dict(self.command.environment),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        marks.write(self.mark, self._process.pid, stop_signal=self.command.stop_signal)

    def ask_to_stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(self.command.stop_signal)

    def kill(self) -> None:
        """End it and everything it started, now. Does nothing when nothing is left."""
        if self._process is None:
            return
        marks.send(procfs.session_members(self._process.pid), signal.SIGKILL)
        self._process.wait()
        self.mark.unlink(missing_ok=True)

    def stop(self, *, grace: float = 10.0) -> None:
        """Ask, wait up to `grace` seconds, then end it with everything it started."""
        self.ask_to_stop()
        if self._process is not None:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=grace)
        self.kill()

    def tail(self) -> str:
        try:
            lines = self.log.read_text(errors="replace").splitlines()
        except FileNotFoundError:
            return ""
        return "\n".join(lines[-TAIL_LINES:])

    def failed(self, reason: str) -> PartFailedError:
        return PartFailedError(self.name, reason, self.tail())

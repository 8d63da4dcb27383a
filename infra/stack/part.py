"""What the stack is made of: a child, when it counts as ready, and what must be ready before it."""

import http.client
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.stack import procfs
from infra.stack.process import Child

_OK: Final = 200


def _nothing() -> None:
    """Most parts need no preparation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """`ready` is asked many times a second and must answer soon; `prepare` may take its time."""

    title: str
    child: Child
    ready: Callable[[], bool]
    port: int | None = None  # what it must itself listen on: an answer there could come from a stranger
    needs: frozenset[str] = field(default_factory=frozenset)
    prepare: Callable[[], None] = _nothing
    detail: str = ""
    one_shot: bool = False  # ready when it has ended well, instead of running on
    start_patience: float = 60.0
    stop_patience: float = 10.0

    @property
    def name(self) -> str:
        return self.child.name

    def start(self) -> None:
        self.prepare()
        self.child.start()

    def is_ready(self) -> bool:
        """Whether others may rely on it; PartFailedError when it ended instead."""
        code = self.child.exit_code
        if self.one_shot and code == 0:
            return True
        if code is not None:
            raise self.child.failed(f"ended with code {code} instead of getting ready")
        return not self.one_shot and self.ready() and self._answers_itself()

    def _answers_itself(self) -> bool:
        return self.port is None or procfs.listens(self.child.pid, self.port)

    def check(self) -> None:
        """PartFailedError when a part that should run on has ended."""
        if not self.one_shot and not self.child.is_running:
            raise self.child.failed(f"ended with code {self.child.exit_code}")


def answers(port: int, path: str) -> Callable[[], bool]:
    """Ready when a GET of `path` on this machine says 200."""

    def ask() -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
        try:
            connection.request("GET", path)
            return connection.getresponse().status == _OK
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ask


def says(log: Path, words: str) -> Callable[[], bool]:
    """Ready when the words stand in its log."""
    return lambda: words in log.read_text(errors="replace")

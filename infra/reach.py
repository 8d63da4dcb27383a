"""One clear line when something outside can no longer be reached, and one when it can again."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import structlog

from infra.errors import TransientError

_log = structlog.get_logger()


class Reach:
    """Of one thing that a process needs, for example Prefect; `trouble` is what says that it is away."""

    def __init__(self, what: str, trouble: tuple[type[Exception], ...] = (TransientError,)) -> None:
        self._what = what
        self._trouble = trouble
        self.is_lost = False

    @contextmanager
    def watched(self, doing: str) -> Iterator[None]:
        """Trouble inside ends the block, and no more."""
        try:
            yield
        except self._trouble as error:
            if not self.is_lost:
                _log.warning(f"{self._what}_unreachable", doing=doing, reason=_reason(error))
            self.is_lost = True
        else:
            if self.is_lost:
                _log.info(f"{self._what}_reached_again", doing=doing)
            self.is_lost = False


def _reason(error: Exception) -> str:
    """An HTTP error's own text may quote what was sent."""
    if isinstance(error, httpx.HTTPStatusError):
        return f"HTTP {error.response.status_code}"
    return str(error) if isinstance(error, TransientError) else type(error).__name__

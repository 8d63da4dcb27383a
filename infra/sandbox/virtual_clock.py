"""The sandbox's time: the machine's, and as far ahead of it as a test or a demonstration has moved it."""

from datetime import datetime, timedelta
from threading import Lock

from infra import clock


class VirtualClock:
    """Thread-safe. Only forward: a bank's books do not run backwards."""

    def __init__(self) -> None:
        self._ahead = timedelta(0)
        self._lock = Lock()

    def __call__(self) -> datetime:
        """The time in UTC."""
        return clock.now() + self._ahead

    @property
    def ahead(self) -> timedelta:
        return self._ahead

    def advance(self, by: timedelta) -> datetime:
        """Move ahead by `by` and say the time; ValueError when it would run backwards."""
        if by < timedelta(0):
            raise ValueError("the sandbox's clock only moves ahead")
        with self._lock:
            self._ahead += by
            return self()

    def catch_up(self, ahead: timedelta) -> None:
        """Be at least this far ahead: books of a later day were kept before a restart."""
        self.advance(max(ahead - self._ahead, timedelta(0)))

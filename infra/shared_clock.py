"""The time that all machines share: what the web noted is compared with what a worker asked, and one may be behind."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Thread
from time import monotonic
from typing import Final

import structlog
from sqlalchemy import Engine, text
from sqlalchemy.exc import SQLAlchemyError

from infra import clock
from infra.errors import DatabaseError

_HOLDS_SECONDS: Final = 60.0
_AGAIN_SECONDS: Final = 1.0
_WORTH_SAYING: Final = timedelta(seconds=5)
_log = structlog.get_logger()


class SharedClock:
    """The database's time. It is asked once a minute; in between, the machine's own clock counts on from there.

    But for the first time a thread of its own asks: who wants to know the time may be an event loop, or hold a lock.
    """

    def __init__(self, engine: Engine, *, machine: Callable[[], datetime] = clock.now) -> None:
        self._engine, self._machine = engine, machine
        self._behind, self._compare_at = timedelta(0), 0.0

    def __call__(self) -> datetime:
        if monotonic() >= self._compare_at:
            is_first, self._compare_at = self._compare_at == 0.0, monotonic() + _HOLDS_SECONDS
            if is_first:
                self._compare()
            else:
                Thread(target=self._compare, name="shared-clock", daemon=True).start()
        return self._machine() + self._behind

    def _compare(self) -> None:
        """While the database does not answer, what was found last holds: nothing is recorded meanwhile."""
        try:
            with self._engine.connect() as connection:
                before = self._machine()
                there: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
                after = self._machine()
        except (SQLAlchemyError, DatabaseError):
            self._compare_at = monotonic() + _AGAIN_SECONDS
            return
        self._behind = there - (before + (after - before) / 2)
        if abs(self._behind) > _WORTH_SAYING:
            _log.warning("machine_clock_differs", seconds=round(self._behind.total_seconds()))

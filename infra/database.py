"""PostgreSQL: the engine, one unit of work per transaction, and rows taken under lock."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from time import monotonic
from typing import Final, TypeVar
from uuid import UUID

import structlog
from sqlalchemy import Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import ConnectionPoolEntry
from sqlmodel import Session, select

from infra.errors import ConflictError, DatabaseError
from infra.messages.causing import write_messages
from models.base import Record
from models.errors import MissingError

Row = TypeVar("Row", bound=Record)
Done = TypeVar("Done")

POOL_SECONDS: Final = 5.0
REST_SECONDS: Final = 1.0
_CONFLICTS: Final = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_TRIES: Final = 3
_RESTS_SINCE: Final = "rests_since"
_log = structlog.get_logger()


def open_engine(url: str, *, pool_size: int = 16) -> Engine:
    """An engine on `url`. Every session speaks UTC and gives up a lock after 10 s, a statement after 30 s.

    Who finds all connections taken waits no longer than POOL_SECONDS.
    """
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        hide_parameters=True,  # an error's text may reach logs and Prefect
        connect_args={
            "connect_timeout": 5,
            "options": "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=30s",
            "prepare_threshold": 2,
        },
    )
    event.listen(engine, "handle_error", _translate)
    event.listen(engine, "checkin", _note_rest)
    event.listen(engine, "checkout", partial(_look_after_rest, engine.dialect))
    return engine


def _note_rest(_connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info[_RESTS_SINCE] = monotonic()


def _look_after_rest(dialect: Dialect, connection: DBAPIConnection, entry: ConnectionPoolEntry, _: object) -> None:
    """A connection that rested may have been cut off; the pool then opens others.

    The pool's own ping would ask before every transaction, which is a tenth of all that is asked. A connection that
    was used a moment ago and is cut off fails as one in use does (DatabaseError), and takes the others with it.
    """
    if monotonic() - entry.info.get(_RESTS_SINCE, 0.0) < REST_SECONDS:
        return
    try:
        dialect.do_ping(connection)
    except dialect.loaded_dbapi.OperationalError:
        raise InvalidatePoolError from None


def _translate(context: object) -> None:
    """A lost connection, a lock not had in time: it may be done again (DatabaseError)."""
    error = getattr(context, "sqlalchemy_exception", None)
    if isinstance(error, DBAPIError):
        _forget_values(error)
    if getattr(getattr(error, "orig", None), "sqlstate", None) in _CONFLICTS:
        raise ConflictError("another transaction was in the way") from None
    if isinstance(error, OperationalError) or (isinstance(error, DBAPIError) and error.connection_invalidated):
        raise DatabaseError(f"the database did not answer ({type(error.orig).__name__})") from None


def _forget_values(error: DBAPIError) -> None:
    """PostgreSQL's DETAIL quotes the row, and with it names and numbers; the first line says enough."""
    for each in (error, error.orig):
        if each is not None and each.args:
            each.args = (str(each.args[0]).split("\nDETAIL", maxsplit=1)[0], *each.args[1:])


class _UnitOfWork(Session):
    """A session in which what the history records is told to whom it concerns."""


event.listen(_UnitOfWork, "after_flush", write_messages)


@contextmanager
def unit_of_work(engine: Engine) -> Iterator[Session]:
    """One transaction: committed when the block ends, rolled back when it raises.

    DatabaseError when all connections are taken and none comes free in time, and when the connection is lost. If that
    happens to the COMMIT, nobody knows whether it was done: who does the work again first reads what is there.
    """
    try:
        with _UnitOfWork(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except PoolTimeoutError:
        raise DatabaseError("no connection to the database came free") from None


def untangled(work: Callable[[], Done]) -> Done:
    """What `work` returns, one whole transaction: at most three times, while others are in its way (ConflictError)."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except ConflictError as error:
            _log.warning("transaction_again", reason=str(error))
    return work()


def locked(session: Session, kind: type[Row], key: UUID) -> Row:
    """The row as it is now, held until the transaction ends; MissingError when there is none.

    A row that this session had read before the lock was had is read again: somebody else may have moved it meanwhile.
    """
    session.flush()
    row = session.get(kind, key, with_for_update=True, populate_existing=True)
    if row is None:
        raise MissingError(str(kind.__tablename__), key)
    return row


def fetch(session: Session, kind: type[Row], key: UUID) -> Row:
    """The row, not held; MissingError when there is none."""
    row = session.get(kind, key)
    if row is None:
        raise MissingError(str(kind.__tablename__), key)
    return row


def all_of(session: Session, kind: type[Row], /, **equals: object) -> list[Row]:
    """The rows whose columns equal the given values, oldest first."""
    query = select(kind).filter_by(**equals).order_by("created_at", "id")
    return list(session.exec(query))

"""Leases of runs: a worker takes, keeps and drops them; a write under a lease that was taken away is refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import Engine, delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from infra.database import locked, unit_of_work
from infra.errors import PermanentError
from models.case import Case
from models.run_lease import WORKER_LIFE, RunLease, Worker

_TOKEN: ContextVar[UUID | None] = ContextVar("run_lease", default=None)
KEEP_SECONDS: Final = WORKER_LIFE.total_seconds() / 5
"""How often a worker says that it lives: one word may be lost, and another be late."""

_LONG_DEAD: Final = 240 * WORKER_LIFE


class LeaseLostError(PermanentError):
    """Somebody else carries this run by now: what this one still wants to write must not be written."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A lease whose worker is dead."""

    token: UUID
    flow_run_id: UUID
    case_id: UUID | None


def case_of(parameters: Mapping[str, object]) -> UUID | None:
    """The case that a run carries; None for the other flows, and for a run that somebody started by hand, wrongly."""
    try:
        return UUID(str(parameters.get("case_id")))
    except ValueError:
        return None


def enlist(engine: Engine, name: str, *, now: datetime) -> UUID:
    """A new worker; its id."""
    worker = Worker(created_at=now, name=name, seen_at=now)
    with unit_of_work(engine) as session:
        session.add(worker)
        session.flush()
        session.exec(update(Worker).where(col(Worker.id) == worker.id).values(seen_at=func.now()))
        return worker.id


def keep(engine: Engine, worker_id: UUID, *, running: frozenset[UUID], as_of: datetime) -> bool:
    """Say that the worker lives, and drop its leases of runs that it does not carry; False when it was given up.

    `running` is what it carried at `as_of`: a lease that it took since is left alone.
    """
    mine = col(RunLease.worker_id) == worker_id, col(RunLease.created_at) < as_of
    dropped = delete(RunLease).where(*mine, col(RunLease.flow_run_id).not_in(running))
    alive = col(Worker.seen_at) > func.now() - WORKER_LIFE
    seen = update(Worker).where(col(Worker.id) == worker_id, alive).values(seen_at=func.now())
    with unit_of_work(engine) as session:
        if session.exec(seen).rowcount == 0:
            return False
        session.exec(dropped)
        return True


def discharge(engine: Engine, worker_id: UUID) -> None:
    """The worker ends; what it still had is free at once."""
    with unit_of_work(engine) as session:
        session.exec(delete(RunLease).where(col(RunLease.worker_id) == worker_id))
        session.exec(delete(Worker).where(col(Worker.id) == worker_id))


def take(engine: Engine, worker_id: UUID, runs: Mapping[UUID, UUID | None], *, now: datetime) -> dict[UUID, UUID]:
    """Leases of as many of the runs (each with its case) as are free: run id to token."""
    if not runs:
        return {}
    rows = [RunLease(created_at=now, flow_run_id=run, case_id=case, worker_id=worker_id) for run, case in runs.items()]
    wanted = insert(RunLease).values([row.model_dump() for row in rows]).on_conflict_do_nothing()
    with unit_of_work(engine) as session:
        taken = session.execute(wanted.returning(col(RunLease.flow_run_id), col(RunLease.id)))
        return {row[0]: row[1] for row in taken}


def drop(engine: Engine, token: UUID) -> None:
    with unit_of_work(engine) as session:
        session.exec(delete(RunLease).where(col(RunLease.id) == token))


def lost(engine: Engine) -> list[Lost]:
    """The leases of dead workers; workers that are dead for long are forgotten."""
    dead = col(Worker.seen_at) < func.now() - WORKER_LIFE
    query = select(RunLease).join(Worker, col(Worker.id) == col(RunLease.worker_id)).where(dead)
    with unit_of_work(engine) as session:
        found = [Lost(each.id, each.flow_run_id, each.case_id) for each in session.exec(query)]
        idle = ~select(RunLease.id).where(col(RunLease.worker_id) == col(Worker.id)).exists()
        session.exec(delete(Worker).where(col(Worker.seen_at) < func.now() - _LONG_DEAD, idle))
        return found


@contextmanager
def carrying(token: UUID) -> Iterator[None]:
    """What runs inside writes under this lease."""
    before = _TOKEN.set(token)
    try:
        yield
    finally:
        _TOKEN.reset(before)


def held_case(session: Session, case_id: UUID) -> Case:
    """The case under its lock, to be changed by the run that carries it.

    LeaseLostError when the lease is not ours any more; while this transaction lasts nobody can take it away. Without
    a lease (a step that is called outside a worker) the case's lock and its status are what guards it.
    """
    _hold(session)
    return locked(session, Case, case_id)


def check_lease(engine: Engine) -> None:
    """LeaseLostError when the lease that we work under was taken away."""
    with unit_of_work(engine) as session:
        _hold(session)


def _hold(session: Session) -> None:
    token = _TOKEN.get()
    lease = select(RunLease.id).where(col(RunLease.id) == token).with_for_update(read=True)
    if token is not None and session.exec(lease).first() is None:
        raise LeaseLostError("this run's lease was given to another worker")

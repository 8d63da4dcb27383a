"""What healing reads and writes in our database: cases that stand still, runs without a lease, another Prefect."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Connection, func, insert, literal, text, update
from sqlalchemy import Engine as Database
from sqlalchemy import select as columns_of
from sqlmodel import col, select

from infra.advisory_locks import AdvisoryLock
from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import CASE, Case, CaseStatus
from models.engine import ENGINE_ID, Engine
from models.history import Transition
from models.outbox import OutboxKind, OutboxMessage
from models.run_lease import RunLease
from models.states import Party

STILL: Final = timedelta(seconds=60)
"""A case that waits on us, and of which nothing was heard for so long, is looked into."""

_OURS: Final = CASE.waiting_on(Party.US)
_CLOSED: Final = CASE.waiting_on(Party.NOBODY)


@dataclass(frozen=True, slots=True)
class Standing:
    """A case that waits on us, and its run as we know it."""

    case_id: UUID
    run_id: UUID | None


def take_turn(database: Database) -> Connection | None:
    """The turn to heal, until `end_turn`: nobody else has one meanwhile. None when somebody else has it."""
    with ExitStack() as unless_kept:
        turn = unless_kept.enter_context(database.connect())
        mine = turn.scalar(text("select pg_try_advisory_lock(:key)"), {"key": AdvisoryLock.HEALING})
        turn.commit()
        if not mine:
            return None
        unless_kept.pop_all()
        return turn


def end_turn(turn: Connection) -> None:
    with turn:
        turn.execute(text("select pg_advisory_unlock(:key)"), {"key": AdvisoryLock.HEALING})
        turn.commit()


def standing_still(ports: Ports, *, after: UUID | None, limit: int) -> list[Standing]:
    """Cases that wait on us, that nobody carries and no word is on its way to; in the order of their ids."""
    since = ports.now() - STILL
    moved = select(Transition.id).where(
        col(Transition.entity) == Case.__tablename__,
        col(Transition.entity_id) == col(Case.id),
        col(Transition.at) > since,
    )
    told = select(OutboxMessage.id).where(
        col(OutboxMessage.case_id) == col(Case.id),
        col(OutboxMessage.delivered_at).is_(None) | (col(OutboxMessage.delivered_at) > since),
    )
    carried = select(RunLease.id).where(col(RunLease.case_id) == col(Case.id))
    query = (
        select(Case.id, Case.flow_run_id)
        .where(col(Case.status).in_(_OURS), col(Case.held_at).is_(None))
        .where(~moved.exists(), ~told.exists(), ~carried.exists())
        .order_by(col(Case.id))
        .limit(limit)
    )
    if after is not None:
        query = query.where(col(Case.id) > after)
    with unit_of_work(ports.engine) as session:
        return [Standing(case_id, run_id) for case_id, run_id in session.exec(query)]


def send_word(ports: Ports, case_ids: Sequence[UUID]) -> None:
    """Wake the cases' runs, or start new ones: whoever delivers the word finds out which."""
    now = ports.now()
    rows = [OutboxMessage(created_at=now, kind=OutboxKind.WAKE_RUN, case_id=each, due_at=now) for each in case_ids]
    with unit_of_work(ports.engine) as session:
        session.add_all(rows)


def without_lease(ports: Ports, run_ids: Sequence[UUID]) -> set[UUID]:
    """Those of the runs that nobody carries."""
    with unit_of_work(ports.engine) as session:
        carried = session.exec(select(RunLease.flow_run_id).where(col(RunLease.flow_run_id).in_(run_ids)))
        return set(run_ids) - set(carried)


def of_closed_cases(ports: Ports, run_ids: Sequence[UUID]) -> list[UUID]:
    """Those of the runs whose case is closed."""
    query = select(Case.flow_run_id).where(col(Case.flow_run_id).in_(run_ids), col(Case.status).in_(_CLOSED))
    with unit_of_work(ports.engine) as session:
        return [each for each in session.exec(query) if each is not None]


def superseded(ports: Ports, runs: Mapping[UUID, UUID]) -> list[UUID]:
    """Those of the runs (each with its case) whose case has another run by now."""
    query = select(Case.id, Case.flow_run_id).where(col(Case.id).in_(set(runs.values())))
    with unit_of_work(ports.engine) as session:
        current = {row[0]: row[1] for row in session.exec(query)}
    return [run for run, case in runs.items() if current.get(case) not in {None, run}]


def know_engine(ports: Ports, deployment_id: UUID) -> int:
    """How many open cases get a new run, because this is not the Prefect database that had their runs.

    The first one is only remembered. All in one commit: a word to each case, and no old run is waited for any more.
    """
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        known = session.exec(select(Engine).where(col(Engine.id) == ENGINE_ID).with_for_update()).first()
        if known is None:
            session.add(Engine(id=ENGINE_ID, created_at=now, deployment_id=deployment_id))
            return 0
        if known.deployment_id == deployment_id:
            return 0
        known.deployment_id = deployment_id
        open_cases = col(Case.status).not_in((*_CLOSED, CaseStatus.SUBMITTED)), col(Case.flow_run_id).is_not(None)
        start, none = literal(OutboxKind.START_RUN.value), literal(0)
        word = columns_of(func.gen_random_uuid(), literal(now), start, col(Case.id), literal(now), none)
        columns = ["id", "created_at", "kind", "case_id", "due_at", "tries"]
        session.execute(insert(OutboxMessage).from_select(columns, word.where(*open_cases)))
        renewed = session.execute(update(Case).where(*open_cases).values(flow_run_id=None))
        return int(getattr(renewed, "rowcount", 0))

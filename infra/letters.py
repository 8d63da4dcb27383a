"""The outbox's messages as their carrier takes them up and puts them down: a round trip for many, under a lease."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Connection, bindparam, update
from sqlalchemy.orm import aliased
from sqlmodel import col, func, select

from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import CASE, Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.person import CasePerson
from models.service import Service
from models.states import Party

BATCH: Final = 100
_OPEN: Final = frozenset({Party.APPLICANT, Party.PAYER, Party.US})
_LEASE: Final = timedelta(seconds=30)  # a carrier that dies leaves its messages to the others after this
_AGAIN: Final = timedelta(milliseconds=250)
_LONGEST: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message with what its delivery depends on, as it stood when it was taken up."""

    message_id: UUID
    kind: OutboxKind
    tries: int
    case_id: UUID
    reference: str
    service: Service
    status: CaseStatus
    run_id: UUID | None
    held_at: datetime | None
    persons: int
    starting: bool  # the word to start its run is not delivered yet

    @property
    def open(self) -> bool:
        """Somebody other than staff is to act: a run that ended meanwhile is replaced."""
        return CASE.waits_on[self.status] in _OPEN

    @property
    def over(self) -> bool:
        """Nobody needs to hear it any more."""
        return self.kind is OutboxKind.WAKE_RUN and self.status is CaseStatus.COMPLETED

    @property
    def held(self) -> bool:
        return self.held_at is not None


def claim(ports: Ports) -> list[Letter]:
    """The messages that are due, put off by the lease, in one statement; those in other hands are passed over."""
    now = ports.now()
    message, case = OutboxMessage, Case
    due = (
        select(col(message.id))
        .where(col(message.delivered_at).is_(None), col(message.due_at) <= now)
        .order_by(col(message.due_at))
        .limit(BATCH)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    persons = select(func.count()).where(col(CasePerson.case_id) == col(case.id)).scalar_subquery()
    other = aliased(OutboxMessage)
    starting = (
        select(col(other.id))
        .where(col(other.case_id) == col(case.id), col(other.id) != col(message.id))
        .where(col(other.kind) == OutboxKind.START_RUN, col(other.delivered_at).is_(None))
        .exists()
    )
    taken = (
        update(message)
        .where(col(message.id) == due.c.id, col(message.case_id) == col(case.id))
        .values(due_at=now + _LEASE, tries=col(message.tries) + 1)
        .returning(
            *(col(message.id), col(message.kind), col(message.tries), col(case.id), col(case.reference)),
            *(col(case.service), col(case.status), col(case.flow_run_id), col(case.held_at), persons, starting),
        )
    )
    with unit_of_work(ports.engine) as session:
        return [Letter(*row) for row in session.connection().execute(taken)]


def record(ports: Ports, *, delivered: Sequence[Letter], failed: Sequence[Letter], runs: Mapping[UUID, UUID]) -> None:
    """What became of them, and the run of each case, in one commit. Who failed often is due again later and later."""
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        connection = session.connection()
        cases = [{"key": case_id, "run": run_id} for case_id, run_id in sorted(runs.items())]
        remembered = update(Case).where(col(Case.id) == bindparam("key")).values(flow_run_id=bindparam("run"))
        _execute(connection, remembered, cases)
        closed = update(OutboxMessage).where(col(OutboxMessage.id) == bindparam("key"))
        keys = [{"key": each.message_id} for each in delivered]
        _execute(connection, closed.values(delivered_at=now, due_at=now), keys)
        late = [{"key": each.message_id, "later": now + _pause(each)} for each in failed]
        _execute(connection, closed.values(due_at=bindparam("later")), late)


def _execute(connection: Connection, statement: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        connection.execute(statement, rows)


def _pause(letter: Letter) -> timedelta:
    doubled: timedelta = _AGAIN * 2 ** min(letter.tries - 1, 10)
    return min(doubled, _LONGEST)

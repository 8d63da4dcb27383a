"""Ranking the intake queue: the permits' last days, asked for once, and cases whose urgency changes with the day."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from anyio import sleep, to_thread
from sqlalchemy import bindparam, text, update
from sqlmodel import Session, col, func, select

from infra.clock import kuwait_date
from infra.database import unit_of_work
from infra.errors import InfraError, PermanentError
from infra.wiring import Ports
from models.case import SUBMITTED, Case
from models.person import CasePerson
from models.priority import Waiting, rank
from models.queue_tally import QueueTally
from models.rules.book import rule_book

_BATCH: Final = 100
_NUMBERS: Final = 200  # in one question to the registry
_AT_ONCE: Final = 1000
_LEASE: Final = timedelta(minutes=2)
"""Whoever asks and dies leaves its cases to the others after this; so does a registry that does not answer."""
_UNFOLDED: Final = 500
_FOLD: Final = """
with changes as (select id from queue_tally for update skip locked),
     folded as (delete from queue_tally using changes where queue_tally.id = changes.id returning queue_tally.*)
insert into queue_tally (id, created_at, service, cases, persons, saved_fils)
select gen_random_uuid(), max(created_at), service, sum(cases), sum(persons), sum(saved_fils) from folded
group by service
"""
_log = structlog.get_logger()


async def rank_for_ever(ports: Ports, *, poll_seconds: float) -> None:
    """Round after round, beside the runs. Trouble delays, and loses nothing: a case without a rank still has an age."""
    while True:
        full = False
        try:
            full = await to_thread.run_sync(learn_expiries, ports) >= _BATCH
            await to_thread.run_sync(rank_again, ports)
            await to_thread.run_sync(fold_totals, ports)
        except InfraError as error:
            _log.warning("ranking_waits", reason=type(error).__name__)
        if not full:
            await sleep(poll_seconds)


def learn_expiries(ports: Ports) -> int:
    """Ask the residency registry about waiting cases that it was not asked about, and rank them; how many were due.

    All of them together, outside any transaction. A person whom it does not know keeps no last day.
    """
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        due = _due(session, col(Case.expiry_due_at) <= now, order=col(Case.expiry_due_at), limit=_BATCH)
        for case in due:
            case.expiry_due_at = now + _LEASE
        persons = _persons(session, [case.id for case in due])
        numbers = sorted({each.civil_number for group in persons.values() for each in group})
    if not due:
        return 0
    known: dict[str, date] = {}
    for start in range(0, len(numbers), _NUMBERS):
        known |= _permits(ports, numbers[start : start + _NUMBERS])
    with unit_of_work(ports.engine) as session:
        cases = _due(session, col(Case.id).in_([case.id for case in due]), order=col(Case.id), limit=len(due))
        for group in _persons(session, [case.id for case in cases]).values():
            for person in group:
                person.permit_expires = known.get(person.civil_number)
        session.flush()
        _rank(session, [case.id for case in cases], on=kuwait_date(ports.now()))
    return len(due)


def rank_again(ports: Ports) -> int:
    """Bring the waiting cases up to date whose urgency changes today, and no others; how many there were.

    Asks nobody but the database. Each case changes four times in its life at most for each person.
    """
    today, count = kuwait_date(ports.now()), 0
    while True:
        with unit_of_work(ports.engine) as session:
            turn = col(Case.rank_again_on)
            cases = _due(session, turn <= today, order=turn, limit=_AT_ONCE)
            _rank(session, [case.id for case in cases], on=today)
        count += len(cases)
        if len(cases) < _AT_ONCE:
            return count


def fold_totals(ports: Ports) -> None:
    """Many changes of what waits into one row for each service; whoever else does it at this moment is left alone."""
    with unit_of_work(ports.engine) as session:
        if (session.scalar(select(func.count()).select_from(QueueTally)) or 0) > _UNFOLDED:
            session.connection().execute(text(_FOLD))


def _permits(ports: Ports, numbers: Sequence[str]) -> dict[str, date]:
    """When the registry refuses them together, each alone: one record that cannot be read hides no other.

    PermanentError when it refuses every single one.
    """
    try:
        return ports.registries.permits(list(numbers))
    except PermanentError as error:
        refusal = error
    known: dict[str, date] = {}
    refused = 0
    for number in numbers:
        try:
            known |= ports.registries.permits([number])
        except PermanentError:
            refused += 1
    if refused == len(numbers):
        raise refusal
    return known


def _due(session: Session, condition: Any, *, order: Any, limit: int) -> list[Case]:
    """Locked; what somebody else has in hand is passed over."""
    query = select(Case).where(SUBMITTED, condition)
    return list(session.exec(query.order_by(order).limit(limit).with_for_update(skip_locked=True)))


def _persons(session: Session, case_ids: Sequence[UUID]) -> Mapping[UUID, list[CasePerson]]:
    found: dict[UUID, list[CasePerson]] = {key: [] for key in case_ids}
    for person in session.exec(select(CasePerson).where(col(CasePerson.case_id).in_(case_ids))):
        found[person.case_id].append(person)
    return found


def _rank(session: Session, case_ids: Sequence[UUID], *, on: date) -> None:
    if not case_ids:
        return
    fines = rule_book().fees.fines
    rows = []
    for case_id, group in _persons(session, case_ids).items():
        made = rank([Waiting(each.article, each.permit_expires) for each in group], fines, on=on)
        rows.append({"b_id": case_id, "key": list(made.key), "expires": made.expires, "again": made.again_on})
    change = (
        update(Case)
        .where(col(Case.id) == bindparam("b_id"))
        .values(
            urgency=bindparam("key"),
            permit_expires=bindparam("expires"),
            rank_again_on=bindparam("again"),
            expiry_due_at=None,
        )
    )
    session.connection().execute(change, rows)

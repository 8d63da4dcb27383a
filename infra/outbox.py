"""Carrying the outbox to Prefect: each message at least once, none before its time, by any number of carriers."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from anyio import CapacityLimiter, create_task_group, sleep, to_thread
from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.errors import TransientError
from infra.wiring import Ports
from infra.workflows import Launcher, Wake
from models.case import Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.person import CasePerson
from models.states import Party

_BATCH: Final = 50
_OPEN: Final = frozenset({Party.APPLICANT, Party.PAYER, Party.US})
_AT_ONCE: Final = 4  # one after another, the carrier is slower than the worker that it feeds
_LEASE: Final = timedelta(seconds=30)  # a carrier that dies leaves its messages to the others after this
_AGAIN: Final = timedelta(milliseconds=250)
_LONGEST: Final = timedelta(seconds=10)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Letter:
    message_id: UUID
    kind: OutboxKind
    case_id: UUID
    run_id: UUID | None
    run_name: str
    tags: list[str]
    tries: int
    over: bool
    open: bool  # somebody other than staff is to act: a run that ended meanwhile is replaced


async def carry(ports: Ports, launcher: Launcher, *, poll_seconds: float) -> None:
    """Deliver what is due, for ever. Trouble with Prefect or the database delays, and loses nothing."""
    while True:
        try:
            count = await deliver_due(ports, launcher)
        except TransientError as error:
            _log.warning("outbox_waits", reason=str(error))
            count = 0
        if count < _BATCH:
            await sleep(poll_seconds)


async def deliver_due(ports: Ports, launcher: Launcher) -> int:
    """One round, a few messages at once; returns how many were due. One that fails is due again later."""
    letters = await to_thread.run_sync(_claim, ports)
    hands = CapacityLimiter(_AT_ONCE)
    async with create_task_group() as group:
        for letter in letters:
            group.start_soon(_carry_one, ports, launcher, letter, hands)
    return len(letters)


async def _carry_one(ports: Ports, launcher: Launcher, letter: _Letter, hands: CapacityLimiter) -> None:
    async with hands:
        try:
            delivered = await _deliver(ports, launcher, letter)
        except TransientError as error:
            _log.warning("outbox_delivery_failed", case_id=str(letter.case_id), reason=str(error))
            delivered = False
        try:
            await to_thread.run_sync(_close if delivered else _postpone, ports, letter)
        except TransientError as error:  # its lease runs out, and it is delivered again
            _log.warning("outbox_waits", case_id=str(letter.case_id), reason=str(error))


async def _deliver(ports: Ports, launcher: Launcher, letter: _Letter) -> bool:
    if letter.over:
        return True
    if letter.kind is OutboxKind.START_RUN or letter.run_id is None:
        run_id = await launcher.start(letter.case_id, name=letter.run_name, tags=letter.tags)
        await to_thread.run_sync(_remember_run, ports, letter.case_id, run_id)
        return True
    result = await launcher.wake(letter.run_id)
    if result is Wake.OVER and letter.open:
        _log.warning("run_over_case_open", case_id=str(letter.case_id), flow_run_id=str(letter.run_id))
        run_id = await launcher.start(letter.case_id, name=letter.run_name, tags=letter.tags, after=letter.run_id)
        await to_thread.run_sync(_remember_run, ports, letter.case_id, run_id)
    return result is not Wake.BUSY


def _claim(ports: Ports) -> list[_Letter]:
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        query = (
            select(OutboxMessage)
            .where(col(OutboxMessage.delivered_at).is_(None), col(OutboxMessage.due_at) <= now)
            .order_by(col(OutboxMessage.due_at))
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        messages = session.exec(query).all()
        for message in messages:
            message.due_at = now + _LEASE
            message.tries += 1
        return [_letter(session, message) for message in messages]


def _letter(session: Session, message: OutboxMessage) -> _Letter:
    case = fetch(session, Case, message.case_id)
    persons = len(all_of(session, CasePerson, case_id=case.id))
    return _Letter(
        message_id=message.id,
        kind=message.kind,
        case_id=case.id,
        run_id=case.flow_run_id,
        run_name=f"{case.reference} {case.service} {persons} person{'s' if persons > 1 else ''}",
        tags=["renewal", case.service.value],
        tries=message.tries,
        open=case.waits_on in _OPEN,
        over=message.kind is OutboxKind.WAKE_RUN and case.status is CaseStatus.COMPLETED,
    )


def _remember_run(ports: Ports, case_id: UUID, run_id: UUID) -> None:
    with unit_of_work(ports.engine) as session:
        locked(session, Case, case_id).flow_run_id = run_id


def _close(ports: Ports, letter: _Letter) -> None:
    _set(ports, letter, delivered_at=ports.now(), due_at=ports.now())


def _postpone(ports: Ports, letter: _Letter) -> None:
    pause = min(_AGAIN * 2 ** min(letter.tries - 1, 10), _LONGEST)
    _set(ports, letter, delivered_at=None, due_at=ports.now() + pause)


def _set(ports: Ports, letter: _Letter, *, delivered_at: datetime | None, due_at: datetime) -> None:
    with unit_of_work(ports.engine) as session:
        message = locked(session, OutboxMessage, letter.message_id)
        message.delivered_at, message.due_at = delivered_at, due_at

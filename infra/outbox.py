"""Carrying the outbox to Prefect: each message at least once, none before its time, by any number of carriers."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import structlog
from anyio import CapacityLimiter, create_task_group, sleep, to_thread

from infra.errors import TransientError
from infra.letters import BATCH, Letter, claim, record
from infra.wiring import Ports
from infra.workflows import Launcher, Start, Wake
from models.outbox import OutboxKind

_TOGETHER: Final = (
    25  # none of a call's runs begins before Prefect has made them all: a hundred would starve the worker
)
_AT_ONCE: Final = 4  # one after another, the carrier is slower than the worker that it feeds
_log = structlog.get_logger()


async def carry(ports: Ports, launcher: Launcher, *, poll_seconds: float) -> None:
    """Deliver what is due, for ever. Trouble with Prefect or the database delays, and loses nothing."""
    with launcher.hurried():
        while True:
            try:
                count = await deliver_due(ports, launcher)
            except TransientError as error:
                _log.warning("outbox_waits", reason=str(error))
                count = 0
            if count < BATCH:
                await sleep(poll_seconds)


async def deliver_due(ports: Ports, launcher: Launcher) -> int:
    """One round; returns how many were due. One that fails is due again later, and keeps no other back.

    Runs that are to start are created together, and recorded together.
    """
    letters = await to_thread.run_sync(claim, ports)
    hands = CapacityLimiter(_AT_ONCE)
    starts = [each for each in letters if _starts(each)]
    async with create_task_group() as group:
        for at in range(0, len(starts), _TOGETHER):
            group.start_soon(_start, ports, launcher, starts[at : at + _TOGETHER], hands)
        for letter in letters:
            if not _starts(letter):
                group.start_soon(_wake, ports, launcher, letter, hands)
    return len(letters)


def _starts(letter: Letter) -> bool:
    """Also by a wake that finds no run; but not while the word to start is in somebody's hands."""
    if letter.over:
        return False
    return letter.kind is OutboxKind.START_RUN or (letter.run_id is None and not letter.starting)


async def _start(ports: Ports, launcher: Launcher, letters: Sequence[Letter], hands: CapacityLimiter) -> None:
    runs: dict[UUID, UUID] = {}
    async with hands:
        try:
            runs = await launcher.start_many([_asked(each) for each in letters])
        except TransientError as error:
            _log.warning("outbox_delivery_failed", messages=len(letters), reason=str(error))
        delivered = [each for each in letters if each.case_id in runs]
        failed = [each for each in letters if each.case_id not in runs]
        await _record(ports, delivered=delivered, failed=failed, runs=runs)


async def _wake(ports: Ports, launcher: Launcher, letter: Letter, hands: CapacityLimiter) -> None:
    """A run that ended while its case is open is replaced by another one."""
    runs: dict[UUID, UUID] = {}
    async with hands:
        try:
            delivered = await _woken(launcher, letter, runs)
        except TransientError as error:
            _log.warning("outbox_delivery_failed", case_id=str(letter.case_id), reason=str(error))
            delivered = False
        done, again = ([letter], []) if delivered else ([], [letter])
        await _record(ports, delivered=done, failed=again, runs=runs)


async def _woken(launcher: Launcher, letter: Letter, runs: dict[UUID, UUID]) -> bool:
    """Whether it is delivered; the run that replaces an ended one is put into `runs`."""
    if letter.over:
        return True
    if letter.run_id is None:
        return False  # its run is just being created, and would not be woken: later
    result = await launcher.wake(letter.run_id, held=letter.held)
    if result is not Wake.OVER or not letter.open or letter.held:
        return result is not Wake.BUSY
    _log.warning("run_over_case_open", case_id=str(letter.case_id), flow_run_id=str(letter.run_id))
    runs |= await launcher.start_many([_asked(letter, after=letter.run_id)])
    return letter.case_id in runs


async def _record(
    ports: Ports, *, delivered: Sequence[Letter], failed: Sequence[Letter], runs: Mapping[UUID, UUID]
) -> None:
    """Together, or, when somebody has one of the cases locked for long, each alone."""
    try:
        await to_thread.run_sync(lambda: record(ports, delivered=delivered, failed=failed, runs=runs))
    except TransientError as error:  # of one alone, the lease runs out, and it is delivered again
        _log.warning("outbox_waits", messages=len(delivered) + len(failed), reason=str(error))
        if len(delivered) + len(failed) > 1:
            for each in delivered:
                await _record(ports, delivered=[each], failed=[], runs={each.case_id: runs[each.case_id]})


def _asked(letter: Letter, *, after: UUID | None = None) -> Start:
    """The work queue is that of the service: staff pause it, and set its priority and limit, in the Prefect UI."""
    return Start(
        case_id=letter.case_id,
        name=f"{letter.reference} {letter.service} {letter.persons} person{'s' if letter.persons > 1 else ''}",
        tags=("renewal", letter.service.value),
        queue=letter.service.value,
        after=after,
    )

"""Healing: runs of dead workers go to others, cases that stand still get word, closed cases end their runs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

import structlog
from anyio import CancelScope, sleep, to_thread
from prefect import task
from prefect.cache_policies import NO_CACHE
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.filters import FlowRunFilter, WorkPoolFilter
from prefect.client.schemas.objects import FlowRun, State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import ObjectNotFound
from prefect.states import AwaitingRetry, Cancelled, Crashed

from infra import healing, leases
from infra.errors import TransientError
from infra.holding import RUN_CANCELLED, hold_case
from infra.reach import Reach
from infra.wiring import Ports, ports
from infra.workflows import PREFECT_TROUBLE, RENEWAL
from models.errors import CaseworkError
from models.run_lease import WORKER_LIFE

_ROUND_SECONDS: Final = 10.0
_ROUNDS_A_MINUTE: Final = 6
_PAGE: Final = 200
_PAGES: Final = 10
_HELD: Final = frozenset({StateType.PENDING, StateType.RUNNING, StateType.CANCELLING})
_ON_ITS_WAY: Final = _HELD | {StateType.SCHEDULED}
Redeploy = Callable[[], Awaitable[None]]
_log = structlog.get_logger()


@dataclass(slots=True)
class Mended:
    """What a round mended, in numbers."""

    taken_back: int = 0  # runs whose worker was gone
    woken: int = 0  # cases that stood still
    held: int = 0  # cases whose run staff had cancelled
    ended: int = 0  # suspended runs of closed cases
    renewed: int = 0  # open cases whose runs went with another Prefect database

    def __str__(self) -> str:
        return ", ".join(f"{getattr(self, each.name)} {each.name.replace('_', ' ')}" for each in fields(self))


async def heal_for_ever(ports: Ports, client: PrefectClient, *, redeploy: Redeploy) -> None:
    """At once, then what dead workers left every ten seconds, and everything every minute."""
    healer, reach, number = (
        Healer(ports, client, redeploy=redeploy),
        Reach("heal", (*PREFECT_TROUBLE, TransientError)),
        0,
    )
    while True:
        with reach.watched("heal"):
            await healer.heal(everything=number % _ROUNDS_A_MINUTE == 0)
        number += 1
        await sleep(_ROUND_SECONDS)


@task(cache_policy=NO_CACHE, persist_result=False)
async def heal_now() -> Mended:
    """One whole round, at once; nothing when another worker is at it."""
    async with get_client() as client:
        return await Healer(ports(), client).heal(everything=True)


class Healer:
    """Any number may heal; one does at a time. Everything is safe to repeat, and to stop anywhere."""

    def __init__(self, ports: Ports, client: PrefectClient, *, redeploy: Redeploy | None = None) -> None:
        self._redeploy = redeploy
        self._ports = ports
        self._client = client
        self._after: UUID | None = None  # of the cases that stand still, where to go on
        self._offset = 0  # of the suspended runs

    async def heal(self, *, everything: bool) -> Mended:
        mended = Mended()
        turn = await to_thread.run_sync(healing.take_turn, self._ports.engine)
        if turn is None:
            return mended
        try:
            await self._round(mended, everything=everything)
        finally:
            with CancelScope(shield=True):
                await to_thread.run_sync(healing.end_turn, turn)
        if mended != Mended():
            _log.warning("healed", **{each.name: getattr(mended, each.name) for each in fields(mended)})
        return mended

    async def _round(self, mended: Mended, *, everything: bool) -> None:
        if not everything:
            await self._free_runs_of_the_dead(mended)
            return
        await self._know_engine(mended)
        await self._free_runs_of_the_dead(mended)
        await self._free_runs_without_lease(mended)
        await self._wake_what_stands_still(mended)
        await self._end_runs_of_closed_cases(mended)

    async def _know_engine(self, mended: Mended) -> None:
        """A deployment that somebody deleted is made again; without it the rest is healed all the same."""
        try:
            deployment = await self._client.read_deployment_by_name(RENEWAL)
        except ObjectNotFound:
            _log.warning("deployment_gone", deployment=RENEWAL)
            if self._redeploy is not None:
                await self._redeploy()
            return
        mended.renewed = await to_thread.run_sync(healing.know_engine, self._ports, deployment.id)

    async def _free_runs_of_the_dead(self, mended: Mended) -> None:
        """Prefect is told first: a run whose lease is gone and whose state is old would wait for a minute more."""
        for lost in await to_thread.run_sync(leases.lost, self._ports.engine):
            await self._take_back(lost.flow_run_id, lost.case_id, mended)
            await to_thread.run_sync(leases.drop, self._ports.engine, lost.token)

    async def _free_runs_without_lease(self, mended: Mended) -> None:
        """Runs that Prefect takes for running and nobody carries: told so while Prefect or we were away."""
        found = await self._runs({"state": {"type": {"any_": list(_HELD)}}}, limit=_PAGE)
        old = [run for run in found if self._is_older(run, WORKER_LIFE)]
        free = await to_thread.run_sync(healing.without_lease, self._ports, [run.id for run in old])
        for run in old:
            if run.id in free:
                await self._take_back(run.id, leases.case_of(run.parameters), mended)

    def _is_older(self, run: FlowRun, age: timedelta) -> bool:
        """A run that has just come to its state may not be written down with us yet."""
        return run.state is not None and self._ports.now() - run.state.timestamp > age

    async def _take_back(self, run_id: UUID, case_id: UUID | None, mended: Mended) -> None:
        """To be carried on by any worker; what is no renewal is only ended, and staff may press Retry."""
        try:
            run = await self._client.read_flow_run(run_id)
        except ObjectNotFound:
            return
        if run.state_type is StateType.CANCELLING:
            await self._hold(case_id, mended)
            await self._client.set_flow_run_state(run_id, Cancelled(message="Cancelled by staff."), force=True)
        elif run.state_type in _HELD:
            await self._client.set_flow_run_state(run_id, Crashed(message="Its worker is gone."), force=True)
            if case_id is not None:
                again: State[None] = AwaitingRetry(message="Taken from a worker that is gone; another one goes on.")
                await self._client.set_flow_run_state(run_id, again, force=True)
            mended.taken_back += 1

    async def _wake_what_stands_still(self, mended: Mended) -> None:
        """Of many cases so many pages in one round, and the next ones in the next."""
        for _ in range(_PAGES):
            look = partial(healing.standing_still, self._ports, after=self._after, limit=_PAGE)
            found = await to_thread.run_sync(look)
            self._after = found[-1].case_id if len(found) == _PAGE else None
            await self._wake(found, mended)
            if self._after is None:
                return

    async def _wake(self, found: list[healing.Standing], mended: Mended) -> None:
        run_ids = [each.run_id for each in found if each.run_id is not None]
        known = await self._read({"id": {"any_": run_ids}}, limit=_PAGE) if run_ids else []  # also outside our pool
        runs = {run.id: run for run in known}
        silent = []
        for each in found:
            run = runs.get(each.run_id) if each.run_id else None
            if run is not None and run.state_type is StateType.CANCELLED:
                await self._hold(each.case_id, mended)
            elif run is None or run.state_type not in _ON_ITS_WAY or await self._was_adrift(run):
                silent.append(each.case_id)
        if silent:
            await to_thread.run_sync(healing.send_word, self._ports, silent)
            mended.woken += len(silent)

    async def _was_adrift(self, run: FlowRun) -> bool:
        """Whether the run waits for a worker that can never come: its deployment or its work queue was deleted."""
        if run.state_type is not StateType.SCHEDULED or (run.deployment_id and run.work_queue_id):
            return False
        gone: State[None] = Crashed(message="Its deployment or its work queue was deleted; another run goes on.")
        await self._client.set_flow_run_state(run.id, gone, force=True)
        return True

    async def _end_runs_of_closed_cases(self, mended: Mended) -> None:
        """A page of the suspended runs in each round: a resumed run sees that its case is closed, and ends."""
        asked = {"state": {"type": {"any_": [StateType.PAUSED]}}}
        found = await self._runs(asked, limit=_PAGE, offset=self._offset)
        self._offset = self._offset + _PAGE if len(found) == _PAGE else 0
        closed = await to_thread.run_sync(healing.of_closed_cases, self._ports, [run.id for run in found])
        for run_id in closed:
            await self._client.resume_flow_run(run_id)
            mended.ended += 1
        cases = {run.id: leases.case_of(run.parameters) for run in found if self._is_older(run, healing.STILL)}
        known = {run: case for run, case in cases.items() if case is not None}
        for run_id in await to_thread.run_sync(healing.superseded, self._ports, known):
            over: State[None] = Cancelled(message="Another run carries its case.")
            await self._client.set_flow_run_state(run_id, over, force=True)
            mended.ended += 1

    async def _hold(self, case_id: UUID | None, mended: Mended) -> None:
        if case_id is not None and await to_thread.run_sync(hold_cancelled, self._ports, case_id):
            mended.held += 1

    async def _runs(self, asked: Mapping[str, object], *, limit: int, offset: int = 0) -> list[FlowRun]:
        """Of our pool, in an order that does not change."""
        pool = WorkPoolFilter.model_validate({"name": {"any_": [self._ports.settings.worker.work_pool]}})
        return await self._read(asked, pool=pool, limit=limit, offset=offset)

    async def _read(
        self, asked: Mapping[str, object], *, limit: int, pool: WorkPoolFilter | None = None, offset: int = 0
    ) -> list[FlowRun]:
        return await self._client.read_flow_runs(
            flow_run_filter=FlowRunFilter.model_validate(asked),
            work_pool_filter=pool,
            sort=FlowRunSort.ID_DESC,
            limit=limit,
            offset=offset,
        )


def hold_cancelled(ports: Ports, case_id: UUID) -> bool:
    """Cancel pressed in the UI stops the hand, not the case: it is held until staff let it go on."""
    try:
        hold_case(ports, case_id=case_id, actor="prefect-ui", reason=RUN_CANCELLED)
    except CaseworkError as error:
        _log.info("cancelled_run_not_held", case_id=str(case_id), reason=type(error).__name__)
        return False
    return True

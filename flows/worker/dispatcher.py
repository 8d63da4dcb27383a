"""Claims as many runs as slots are free, and carries each in a task of its own."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from time import monotonic
from typing import Any, Final
from uuid import UUID

import anyio
import anyio.from_thread
import structlog
from anyio import to_thread
from anyio.abc import TaskGroup
from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import FlowRun, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.exceptions import PrefectHTTPStatusError

from flows.engine_private import Stopping, claim
from flows.worker.hand import Hand
from infra import leases
from infra.reach import Reach
from infra.wiring import Ports
from infra.workflows import PREFECT_TROUBLE

Flows = Mapping[UUID, Flow[..., Any]]
_CANCELLATIONS_SECONDS: Final = 2.0
_REFUSED_SECONDS: Final = 10.0
_NOT_FOUND: Final = 404
_log = structlog.get_logger()


class Dispatcher:
    """`redeploy` brings the flows back when Prefect has forgotten them."""

    def __init__(self, ports: Ports, client: PrefectClient, *, redeploy: Callable[[], Awaitable[Flows]]) -> None:
        self._ports = ports
        self._client = client
        self._redeploy = redeploy
        self._flows: Flows = {}
        self._taking: set[UUID] = set()  # their leases are being written
        self._hands: dict[UUID, Hand] = {}
        self._draining = False
        self._refused: dict[UUID, float] = {}  # by Prefect, and until when they are not asked for again
        self._worker_id: UUID | None = None
        self.prefect = Reach("prefect", PREFECT_TROUBLE)
        self.database = Reach("database")

    @property
    def running(self) -> frozenset[UUID]:
        return frozenset(self._hands) | frozenset(self._taking)

    @property
    def is_draining(self) -> bool:
        return self._draining

    @property
    def slots(self) -> int:
        return self._ports.settings.worker.slots

    async def prepare(self) -> None:
        """Deploy the flows, however long Prefect takes to come."""
        while not self._flows:
            with self.prefect.watched("deploy"):
                await self.redeploy()
            if not self._flows:
                await anyio.sleep(self._ports.settings.worker.poll_seconds)

    async def redeploy(self) -> None:
        """Make what Prefect does not have, or no longer has; another id is another deployment."""
        self._flows = await self._redeploy()

    async def run(self, group: TaskGroup) -> None:
        """Until `drain`: claim, and sleep when there is nothing to claim."""
        while not self._draining:
            started = 0
            with self.prefect.watched("claim"):
                started = await self._claim(group)
            if not started:
                await anyio.sleep(self._ports.settings.worker.poll_seconds)

    async def watch_cancellations(self) -> None:
        """Stop the runs on which staff pressed Cancel."""
        while True:
            await anyio.sleep(_CANCELLATIONS_SECONDS)
            if self._hands:
                with self.prefect.watched("look for cancellations"):
                    await self._stop_cancelled()

    async def keep_leases(self) -> None:
        """Say that we live. Who was given up meanwhile drops all that it does and begins again under a new id."""
        while True:
            with self.database.watched("keep leases"):
                await to_thread.run_sync(self._keep)
            await anyio.sleep(leases.KEEP_SECONDS)

    async def discharge(self) -> None:
        """The last word: what we still had is free at once."""
        with self.database.watched("discharge"):
            if self._worker_id is not None:
                await to_thread.run_sync(leases.discharge, self._ports.engine, self._worker_id)

    def drain(self) -> None:
        """Claim nothing more."""
        self._draining = True

    def hand_back(self) -> None:
        """Give what still runs to other workers."""
        self._stop_all(Stopping("handed back"))

    async def idle(self) -> None:
        """Until nothing runs."""
        while self.running:  # noqa: ASYNC110 - hands come and go; only the last one's end counts
            await anyio.sleep(0.05)

    def _keep(self) -> None:
        """In a thread; a run is stopped by the event loop alone."""
        engine, name = self._ports.engine, self._ports.settings.worker.own_name
        as_of = self._ports.now()  # before what runs is read: a lease that is taken meanwhile is younger
        running = self.running
        if self._worker_id is not None and leases.keep(engine, self._worker_id, running=running, as_of=as_of):
            return
        if self._worker_id is not None:
            _log.warning("worker_was_given_up", runs=len(self._hands))
            anyio.from_thread.run_sync(self._stop_all, Stopping("taken away"))
        self._worker_id = leases.enlist(engine, name, now=self._ports.now())

    async def _claim(self, group: TaskGroup) -> int:
        free = self.slots - len(self.running)
        worker_id = self._worker_id
        if free <= 0 or worker_id is None:
            return 0
        pool, before = self._ports.settings.worker.work_pool, self._ports.now().isoformat()
        try:
            found = await claim(self._client, work_pool=pool, limit=free, before=before)
        except PrefectHTTPStatusError as error:
            if error.response.status_code != _NOT_FOUND:
                raise
            await self.redeploy()
            return 0
        runs = [each.flow_run for each in found if not self._is_passed_over(each.flow_run.id)]
        runs = await self._of_known_flows(runs)
        with self.database.watched("take leases"):
            return await self._take(runs, worker_id, group)
        return 0

    async def _of_known_flows(self, runs: list[FlowRun]) -> list[FlowRun]:
        """Those that we can carry; of deployments that another worker made meanwhile we hear by deploying again."""
        if any(run.deployment_id not in self._flows for run in runs):
            await self.redeploy()
        for run in runs:
            if run.deployment_id not in self._flows:
                _log.warning("run_of_unknown_deployment", flow_run_id=str(run.id))
                self._refused[run.id] = monotonic() + _REFUSED_SECONDS
        return [run for run in runs if run.deployment_id in self._flows]

    def _is_passed_over(self, run_id: UUID) -> bool:
        """Carried already, or refused a moment ago: asked for again at once, it would fill every round."""
        now = monotonic()
        self._refused = {each: until for each, until in self._refused.items() if until > now}
        return run_id in self.running or run_id in self._refused

    async def _take(self, runs: list[FlowRun], worker_id: UUID, group: TaskGroup) -> int:
        cases = {run.id: leases.case_of(run.parameters) for run in runs}
        self._taking |= cases.keys()
        try:
            take = partial(leases.take, self._ports.engine, worker_id, cases, now=self._ports.now())
            tokens = await to_thread.run_sync(take)
            for run in runs:
                if run.id in tokens and run.deployment_id is not None:
                    self._hands[run.id] = Hand(run, tokens[run.id], self._flows[run.deployment_id])
                    group.start_soon(self._carry, self._hands[run.id])
        finally:
            self._taking -= cases.keys()
        return len(tokens)

    async def _carry(self, hand: Hand) -> None:
        try:
            await hand.carry(self._client, self._ports)
            if hand.is_refused:
                self._refused[hand.run.id] = monotonic() + _REFUSED_SECONDS
            with self.database.watched("drop a lease"):  # else it is dropped with the next word that we live
                await to_thread.run_sync(leases.drop, self._ports.engine, hand.token)
        finally:
            del self._hands[hand.run.id]

    async def _stop_cancelled(self) -> None:
        mine = FlowRunFilter.model_validate(
            {"id": {"any_": list(self._hands)}, "state": {"type": {"any_": [StateType.CANCELLING]}}}
        )
        order, limit = FlowRunSort.ID_DESC, len(self._hands)  # left to the defaults, the server refuses the question
        for run in await self._client.read_flow_runs(flow_run_filter=mine, sort=order, limit=limit):
            if run.id in self._hands:
                self._hands[run.id].stop(Stopping("cancelled"))

    def _stop_all(self, stopping: Stopping) -> None:
        for hand in list(self._hands.values()):
            hand.stop(stopping)

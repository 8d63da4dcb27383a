"""Our work-pool worker: claims due runs and carries them in this process; carries the outbox beside them."""

import socket
from typing import Any, Final
from uuid import UUID

import anyio
import httpx
import structlog
from anyio.abc import TaskGroup
from prefect import Flow
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.objects import FlowRun
from prefect.context import AsyncClientContext
from prefect.exceptions import Abort, Pause, PrefectException
from prefect.flow_engine import run_flow_async
from prefect.settings import (
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)
from prefect.states import Pending
from prefect.utilities.engine import propose_state

from flows.deploy import deploy
from flows.engine_private import claim, quiet_suspensions, switch_off_suspension_observer
from infra.outbox import carry
from infra.payments.due import settle_for_ever
from infra.wiring import Ports
from infra.workflows import Launcher

_HEARTBEAT_SECONDS: Final = 30
_log = structlog.get_logger()


async def work(ports: Ports) -> None:
    """Run until cancelled. Deploys the flows first, so that a fresh Prefect needs no other command."""
    switch_off_suspension_observer()
    quiet_suspensions()
    settings = {PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None, PREFECT_LOGGING_TO_API_ENABLED: False}
    with temporary_settings(settings):
        async with AsyncClientContext.get_or_create(), get_client() as client, Launcher() as launcher:
            worker = ports.settings.worker
            flows = await deploy(client, work_pool=worker.work_pool)
            dispatcher = Dispatcher(ports, client, flows)
            _log.info("worker_started", work_pool=worker.work_pool, slots=worker.slots)
            async with anyio.create_task_group() as group:
                group.start_soon(_beat, client, worker.work_pool)
                group.start_soon(lambda: carry(ports, launcher, poll_seconds=worker.poll_seconds / 2))
                group.start_soon(lambda: settle_for_ever(ports, poll_seconds=worker.poll_seconds))
                await dispatcher.run(group)


async def _beat(client: PrefectClient, work_pool: str) -> None:
    """Tell Prefect that this worker lives, so that the UI shows it."""
    name = f"renewals-{socket.gethostname()}"
    while True:
        try:
            await client.send_worker_heartbeat(work_pool, name, heartbeat_interval_seconds=_HEARTBEAT_SECONDS)
        except httpx.HTTPError as error:
            _log.warning("prefect_unreachable", doing="heartbeat", reason=type(error).__name__)
        await anyio.sleep(_HEARTBEAT_SECONDS)


class Dispatcher:
    """Claims as many runs as slots are free, and runs each in a task of its own."""

    def __init__(self, ports: Ports, client: PrefectClient, flows: dict[UUID, Flow[..., Any]]) -> None:
        self._ports = ports
        self._client = client
        self._flows = flows
        self._slots = ports.settings.worker.slots
        self._running: set[UUID] = set()

    async def run(self, group: TaskGroup) -> None:
        while True:
            started = 0
            try:
                started = await self._claim(group)
            except httpx.HTTPError as error:
                _log.warning("prefect_unreachable", doing="claim", reason=type(error).__name__)
            if not started:
                await anyio.sleep(self._ports.settings.worker.poll_seconds)

    async def _claim(self, group: TaskGroup) -> int:
        free = self._slots - len(self._running)
        if free <= 0:
            return 0
        found = await claim(
            self._client,
            work_pool=self._ports.settings.worker.work_pool,
            limit=free,
            before=self._ports.now().isoformat(),
        )
        runs = [each.flow_run for each in found if each.flow_run.id not in self._running]
        for run in runs:
            self._running.add(run.id)
            group.start_soon(self._carry, run)
        return len(runs)

    async def _carry(self, run: FlowRun) -> None:
        """One run, to its end or its suspension; the engine has reported either by the time that we are back."""
        try:
            await propose_state(self._client, Pending(), flow_run_id=run.id)
            flow = self._flows.get(run.deployment_id) if run.deployment_id else None
            if flow is None:
                _log.warning("run_of_unknown_deployment", flow_run_id=str(run.id))
                return
            await run_flow_async(flow, flow_run=run, parameters=run.parameters, return_type="state")
        except Abort as error:
            _log.info("run_taken_elsewhere", flow_run_id=str(run.id), reason=str(error))
        except Pause:
            _log.info("run_suspended", flow_run_id=str(run.id))
        except (httpx.HTTPError, PrefectException) as error:
            _log.warning("run_not_carried", flow_run_id=str(run.id), reason=type(error).__name__)
        finally:
            self._running.discard(run.id)

"""A worker's life: it deploys the flows, heals, carries runs until it is told to stop, drains, and goes."""

import os
import sys
import threading
from collections.abc import Awaitable, Callable
from functools import partial
from signal import SIGINT, SIGTERM
from typing import Final

import anyio
import structlog
from prefect.client.orchestration import PrefectClient, get_client
from prefect.context import AsyncClientContext, SyncClientContext
from prefect.settings import (
    PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED,
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY,
    PREFECT_LOGGING_TO_API_ENABLED,
    temporary_settings,
)

from flows.alarms import BEAT, STOPPED
from flows.deploy import deploy
from flows.engine_private import answer_locally, prepare_engine, quiet_engine
from flows.worker.dispatcher import Dispatcher
from flows.worker.health import serve_health
from flows.worker.memory import memory_mb
from flows.worker.signs import give_sign
from infra.messages.sending import send_for_ever
from infra.outbox import carry
from infra.payments.due import settle_for_ever
from infra.ranking import rank_for_ever
from infra.wiring import Ports
from infra.workflows import Launcher
from tasks.healing import heal_for_ever

_HEARTBEAT_SECONDS: Final = 30
_MEMORY_SECONDS: Final = 10.0
_HANDING_BACK_SECONDS: Final = 5.0
_FAREWELL_SECONDS: Final = 2.0
_ENGINE: Final = {
    PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None,
    PREFECT_LOGGING_TO_API_ENABLED: False,
    PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED: False,  # else a worker cannot even begin while Prefect is away
}
_log = structlog.get_logger()


async def work(ports: Ports) -> None:
    """Run until SIGTERM or SIGINT; exit within the drain time and ten seconds, whatever hangs."""
    prepare_engine()
    quiet_engine()
    # Without a synchronous client at hand the engine makes one for each run, with the authorities' certificates.
    with temporary_settings(_ENGINE), SyncClientContext.get_or_create():
        async with AsyncClientContext.get_or_create(), get_client() as client, Launcher() as launcher:
            answer_locally(client)
            is_too_big = await _live(ports, client, launcher)
    if is_too_big:  # begin again as the same process: whoever looks after us sees no death
        ports.close()
        os.execv(sys.executable, sys.orig_argv)  # noqa: S606 - our own command line


async def _live(ports: Ports, client: PrefectClient, launcher: Launcher) -> bool:
    """Until told to stop, or grown too big; whether the latter."""
    worker = ports.settings.worker
    stop, grown = anyio.Event(), anyio.Event()
    dispatcher = Dispatcher(ports, client, redeploy=partial(deploy, client, work_pool=worker.work_pool))
    async with anyio.create_task_group() as group:
        group.start_soon(_await_signal, stop)
        group.start_soon(_watch_memory, worker.memory_mb, grown, stop)
        group.start_soon(dispatcher.keep_leases)
        group.start_soon(serve_health, dispatcher, worker.health_port)
        group.start_soon(partial(settle_for_ever, ports, poll_seconds=worker.poll_seconds))
        group.start_soon(partial(send_for_ever, ports, poll_seconds=4 * worker.poll_seconds))
        group.start_soon(partial(rank_for_ever, ports, poll_seconds=4 * worker.poll_seconds))
        await _until(stop, dispatcher.prepare)
        _log.info("worker_started", work_pool=worker.work_pool, slots=worker.slots, name=worker.own_name)
        group.start_soon(_beat, dispatcher, client, ports)
        group.start_soon(partial(heal_for_ever, ports, client, redeploy=dispatcher.redeploy))
        group.start_soon(partial(carry, ports, launcher, poll_seconds=worker.poll_seconds / 2))
        group.start_soon(dispatcher.watch_cancellations)
        group.start_soon(dispatcher.run, group)
        await stop.wait()
        await _drain(dispatcher, seconds=worker.drain_seconds)
        await dispatcher.discharge()
        with dispatcher.prefect.watched("farewell"), anyio.move_on_after(_FAREWELL_SECONDS):
            await give_sign(client, STOPPED, worker=worker.own_name)
        group.cancel_scope.cancel()
    return grown.is_set()


async def _until(stop: anyio.Event, prepare: Callable[[], Awaitable[None]]) -> None:
    """Prepared, or told to stop: Prefect may be away for as long as it likes."""
    async with anyio.create_task_group() as group:

        async def give_up() -> None:
            await stop.wait()
            group.cancel_scope.cancel()

        group.start_soon(give_up)
        await prepare()
        group.cancel_scope.cancel()


async def _await_signal(stop: anyio.Event) -> None:
    with anyio.open_signal_receiver(SIGTERM, SIGINT) as signals:
        async for number in signals:
            _log.info("worker_stops", signal=number.name)
            stop.set()


async def _drain(dispatcher: Dispatcher, *, seconds: float) -> None:
    """Finish what is nearly done, hand back the rest, and be gone in time even if a thread hangs."""
    bound = threading.Timer(seconds + 2 * _HANDING_BACK_SECONDS, os._exit, args=(1,))
    bound.daemon = True
    bound.start()
    dispatcher.drain()
    with anyio.move_on_after(seconds):
        await dispatcher.idle()
    dispatcher.hand_back()
    with anyio.move_on_after(_HANDING_BACK_SECONDS):
        await dispatcher.idle()


async def _watch_memory(limit_mb: int, grown: anyio.Event, stop: anyio.Event) -> None:
    while memory_mb() < limit_mb:  # noqa: ASYNC110 - memory sends no word
        await anyio.sleep(_MEMORY_SECONDS)
    _log.warning("worker_recycles", memory_mb=memory_mb(), limit_mb=limit_mb)
    grown.set()
    stop.set()


async def _beat(dispatcher: Dispatcher, client: PrefectClient, ports: Ports) -> None:
    """Tell Prefect that this worker lives, so that the UI shows it."""
    worker = ports.settings.worker
    while True:
        with dispatcher.prefect.watched("heartbeat"):
            await client.send_worker_heartbeat(
                worker.work_pool, worker.own_name, heartbeat_interval_seconds=_HEARTBEAT_SECONDS
            )
            await give_sign(client, BEAT, worker=worker.own_name)
        await anyio.sleep(_HEARTBEAT_SECONDS)

"""Every private part of Prefect that the worker touches, pinned to the version that it was read in.

`tests/architecture/test_engine_private.py` fails when Prefect changes, and says what to look at.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

import prefect.flow_engine
import prefect.task_engine
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.events import Event
from prefect.logging import get_logger
from prefect.utilities.engine import emit_task_run_state_change_event

READ_IN: Final = "3.8.8"
_POLICY: Final = {"flow_version", "empirical_policy"}


@dataclass(slots=True)
class Stopping:
    """Why a run is being stopped by us, once it is: whoever stops it tells Prefect what becomes of it."""

    why: Literal["", "cancelled", "handed back", "taken away"] = ""


@dataclass(slots=True)
class _Begun:
    run: FlowRun
    stopping: Stopping
    is_fresh: bool = True  # the engine has not read it anew yet


_BEGUN: Final[ContextVar[_Begun | None]] = ContextVar("begun", default=None)


def begin(run: FlowRun, stopping: Stopping) -> None:
    """From here on, in this context, the engine carries `run`; a cancellation is what `stopping` then says."""
    _BEGUN.set(_Begun(run, stopping))


def prepare_engine() -> None:
    """Change the engine of this process in four places; safe to repeat.

    The suspension observer opens a thread and a websocket for each run and blocks the event loop; it serves only
    "Suspend" pressed in the UI on a run that is running, and our runs suspend themselves. The SIGTERM bridge would
    end all runs of this process as crashed; the worker drains instead. The intent that the engine reads on a
    cancellation is one for the whole process; ours is the run's own. A task's first event says that it is about to
    begin; the next one, a moment later, that it runs: the first is left out, a third of what tasks tell the server.
    """
    setattr(prefect.flow_engine, "observe_flow_run_suspension", _nothing)  # noqa: B010 - it is not exported
    setattr(prefect.flow_engine, "capture_sigterm", _nothing)  # noqa: B010 - it is not exported
    setattr(prefect.flow_engine, "_termination_intent", _intent)  # noqa: B010 - it is not exported
    setattr(prefect.task_engine, "emit_task_run_state_change_event", _tell_of_task)  # noqa: B010 - it is not exported


@contextmanager
def _nothing(*_: Any, **__: Any) -> Iterator[None]:
    yield


def _intent() -> Literal["relinquish"] | None:
    """To the engine: leave the run's state alone, its owner has plans for it."""
    begun = _BEGUN.get()
    return "relinquish" if begun is not None and begun.stopping.why else None


def _tell_of_task(
    task_run: TaskRun, initial_state: State[Any] | None, validated_state: State[Any], follows: Event | None = None
) -> Event | None:
    """What a task tells of itself, from Running on."""
    if initial_state is None and validated_state.is_pending():
        return None
    return emit_task_run_state_change_event(task_run, initial_state, validated_state, follows)


def answer_locally(client: PrefectClient) -> None:
    """Answer two questions of the engine here instead of by the server: an eighth of its work.

    The engine reads the run anew right after its transition to Running, of which it has just been told; and it reports
    the flow's version and retry policy, which staff see nowhere and which ours do not use.
    """
    read, update = client.read_flow_run, client.update_flow_run

    async def read_flow_run(flow_run_id: UUID) -> FlowRun:
        begun = _BEGUN.get()
        if begun is None or begun.run.id != flow_run_id or not begun.is_fresh:
            return await read(flow_run_id)
        begun.is_fresh = False
        return begun.run.model_copy(update={"run_count": begun.run.run_count + 1})

    async def update_flow_run(flow_run_id: UUID, **changes: Any) -> Any:
        if changes.keys() == _POLICY:
            return None
        return await update(flow_run_id, **changes)

    setattr(client, "read_flow_run", read_flow_run)  # noqa: B010 - a method of this one client
    setattr(client, "update_flow_run", update_flow_run)  # noqa: B010 - a method of this one client


def quiet_engine() -> None:
    """Keep the engine's own lines for trouble; each step that is done says so in ours.

    A suspension, which the engine calls an ERROR, is none: a payer is awaited.
    """
    for name in ("flow_runs", "task_runs"):
        get_logger(name).setLevel(logging.WARNING)
    get_logger("flow_runs").addFilter(lambda record: "Finished in state Suspended" not in record.getMessage())


async def claim(client: PrefectClient, *, work_pool: str, limit: int, before: str) -> list[WorkerFlowRunResponse]:
    """The next runs of the pool that are due, at most `limit`: the public call knows no limit and brings 200."""
    response = await client.request(
        "POST",
        "/work_pools/{name}/get_scheduled_flow_runs",
        path_params={"name": work_pool},
        json={"scheduled_before": before, "limit": limit},
    )
    return WorkerFlowRunResponse.model_validate_list(response.json())

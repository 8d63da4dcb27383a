"""Every private part of Prefect that the worker touches, pinned to the version that it was read in.

`tests/architecture/test_engine_private.py` fails when Prefect changes, and says what to look at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final, Literal

import prefect.flow_engine
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.logging import get_logger

READ_IN: Final = "3.8.8"


@dataclass(slots=True)
class Stopping:
    """Why a run is being stopped by us, once it is: whoever stops it tells Prefect what becomes of it."""

    why: Literal["", "cancelled", "handed back", "taken away"] = ""


_STOPPING: Final[ContextVar[Stopping | None]] = ContextVar("stopping", default=None)


def stoppable(stopping: Stopping) -> None:
    """From here on, in this context, a cancellation is taken for what `stopping` then says."""
    _STOPPING.set(stopping)


def prepare_engine() -> None:
    """Change the engine of this process in three places; safe to repeat.

    The suspension observer opens a thread and a websocket for each run and blocks the event loop; it serves only
    "Suspend" pressed in the UI on a run that is running, and our runs suspend themselves. The SIGTERM bridge would
    end all runs of this process as crashed; the worker drains instead. The intent that the engine reads on a
    cancellation is one for the whole process; ours is the run's own.
    """
    setattr(prefect.flow_engine, "observe_flow_run_suspension", _nothing)  # noqa: B010 - it is not exported
    setattr(prefect.flow_engine, "capture_sigterm", _nothing)  # noqa: B010 - it is not exported
    setattr(prefect.flow_engine, "_termination_intent", _intent)  # noqa: B010 - it is not exported


@contextmanager
def _nothing(*_: Any, **__: Any) -> Iterator[None]:
    yield


def _intent() -> Literal["relinquish"] | None:
    """To the engine: leave the run's state alone, its owner has plans for it."""
    stopping = _STOPPING.get()
    return "relinquish" if stopping is not None and stopping.why else None


def quiet_suspensions() -> None:
    """Drop the engine's line that calls a suspension an ERROR: a payer who is awaited is no error."""
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

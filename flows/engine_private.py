"""Every private part of Prefect that the worker touches, pinned to the version that it was read in.

`tests/architecture/test_engine_private.py` fails when Prefect changes, and says what to look at.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import prefect.flow_engine
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.logging import get_logger

READ_IN: Final = "3.8.8"


@contextmanager
def _no_observer(*_: Any, **__: Any) -> Iterator[None]:
    yield


def switch_off_suspension_observer() -> None:
    """Stop the engine from opening a thread and a websocket for each run, which blocks the event loop.

    They serve only "Suspend" pressed in the UI on a run that is running; our runs suspend themselves.
    """
    setattr(prefect.flow_engine, "observe_flow_run_suspension", _no_observer)  # noqa: B010 - it is not exported


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

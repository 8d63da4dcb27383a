"""Prefect is the version whose private parts were read, and they are still there."""

import inspect

import prefect
import prefect.flow_engine
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import WorkerFlowRunResponse

from flows import engine_private
from tests.checkout import CHECKOUT

OBSERVER = "observe_flow_run_suspension"
LOOK_AT = (
    f"flows/engine_private.py was read in Prefect {engine_private.READ_IN}, and this is {prefect.__version__}. "
    f"Read again: prefect.flow_engine, where `{OBSERVER}` is entered for each run (does the engine "
    "still open it, and under this name?); the route /work_pools/NAME/get_scheduled_flow_runs (does it still take "
    "`scheduled_before` and `limit`?); prefect.utilities.engine.propose_state. "
    "Then run tests/flows, and set READ_IN."
)


def test_prefect_is_the_version_that_was_read() -> None:
    assert prefect.__version__ == engine_private.READ_IN, LOOK_AT
    locked = (CHECKOUT / "requirements" / "run.txt").read_text("utf-8")
    assert f"\nprefect=={engine_private.READ_IN} " in locked


def test_the_part_that_is_replaced_is_there_and_the_engine_uses_it() -> None:
    assert callable(getattr(prefect.flow_engine, OBSERVER, None)), LOOK_AT
    assert f" {OBSERVER}(" in inspect.getsource(prefect.flow_engine), LOOK_AT


def test_the_observer_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    before = getattr(prefect.flow_engine, OBSERVER)
    monkeypatch.setattr(prefect.flow_engine, OBSERVER, before)  # put back afterwards
    engine_private.switch_off_suspension_observer()
    after = getattr(prefect.flow_engine, OBSERVER)
    assert after is not before
    with after("as the engine", calls="it"):
        pass


def test_the_request_that_claims_runs_can_be_made_and_read() -> None:
    assert callable(getattr(PrefectClient, "request", None)), LOOK_AT
    assert WorkerFlowRunResponse.model_fields["flow_run"].annotation is FlowRun, LOOK_AT

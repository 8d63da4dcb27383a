"""Prefect is the version whose private parts were read, and they are still there."""

import inspect

import prefect
import prefect.flow_engine
import prefect.task_engine
import pytest
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import FlowRun, State, TaskRun
from prefect.client.schemas.responses import WorkerFlowRunResponse
from prefect.states import Pending, Running

from flows import engine_private
from tests.checkout import CHECKOUT

REPLACED = {
    "observe_flow_run_suspension": "with observe_flow_run_suspension(",
    "capture_sigterm": "with capture_sigterm():",
    "_termination_intent": "_termination_intent() in _SUPERVISOR_OWNED_INTENTS",
}
"""Each replaced part, and where the engine uses it."""

LOOK_AT = (
    f"flows/engine_private.py was read in Prefect {engine_private.READ_IN}, and this is {prefect.__version__}. "
    f"Read again: prefect.flow_engine, where {', '.join(REPLACED)} are used (does the engine still use them, under "
    "these names? does the intent `relinquish` still leave the run alone?); AsyncFlowRunEngine.setup_run_context "
    "(does it still read the run anew once, right after Running?) and initialize_run (does it still report "
    "flow_version and empirical_policy, and no more?); prefect.task_engine, where emit_task_run_state_change_event is "
    "called (is the first event still Pending, with no state before, and does the recorder make the task's row of the "
    "next one?); the route /work_pools/NAME/get_scheduled_flow_runs (does it "
    "still take `scheduled_before` and `limit`?); prefect.utilities.engine.propose_state. "
    "Then run tests/flows and tests/storm, and set READ_IN."
)


def test_prefect_is_the_version_that_was_read() -> None:
    assert prefect.__version__ == engine_private.READ_IN, LOOK_AT
    locked = (CHECKOUT / "requirements" / "run.txt").read_text("utf-8")
    assert f"\nprefect=={engine_private.READ_IN} " in locked


@pytest.mark.parametrize("name", REPLACED)
def test_the_part_that_is_replaced_is_there_and_the_engine_uses_it(name: str) -> None:
    assert callable(getattr(prefect.flow_engine, name, None)), LOOK_AT
    source = " ".join(inspect.getsource(prefect.flow_engine.AsyncFlowRunEngine).split())
    assert REPLACED[name] in source or f" {name}(" in inspect.getsource(prefect.flow_engine), LOOK_AT


def test_the_parts_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: getattr(prefect.flow_engine, name) for name in REPLACED}
    for name, value in before.items():
        monkeypatch.setattr(prefect.flow_engine, name, value)  # put back afterwards
    engine_private.prepare_engine()
    assert all(getattr(prefect.flow_engine, name) is not value for name, value in before.items())
    with prefect.flow_engine.observe_flow_run_suspension("as the engine", calls="it"):  # type: ignore[arg-type,call-arg]
        pass
    with prefect.flow_engine.capture_sigterm():
        pass
    assert prefect.flow_engine._termination_intent() is None


def test_relinquish_leaves_a_run_to_its_owner() -> None:
    assert "relinquish" in prefect.flow_engine._SUPERVISOR_OWNED_INTENTS, LOOK_AT


def test_of_a_task_pending_is_left_out_and_all_that_follows_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = inspect.getsource(prefect.task_engine.AsyncTaskRunEngine)
    assert told.count("emit_task_run_state_change_event(") == 2, LOOK_AT
    assert "initial_state=None, validated_state=self.task_run.state," in " ".join(told.split()), LOOK_AT
    events: list[str] = []

    def tell(_run: TaskRun, _before: object, state: State[object], _follows: object) -> None:
        events.append(state.type.value)

    monkeypatch.setattr(engine_private, "emit_task_run_state_change_event", tell)
    run = TaskRun.model_construct(task_key="key", dynamic_key="0")
    engine_private._tell_of_task(run, None, Pending())
    engine_private._tell_of_task(run, Pending(), Running())
    engine_private._tell_of_task(run, Running(), Pending())
    assert events == ["RUNNING", "PENDING"]


def test_the_questions_that_are_answered_locally_are_asked_as_they_were_read() -> None:
    engine = prefect.flow_engine.AsyncFlowRunEngine
    assert inspect.getsource(engine.setup_run_context).count("read_flow_run(") == 1, LOOK_AT
    asked = "".join(inspect.getsource(engine.initialize_run).split())
    assert "update_flow_run(flow_run_id=self.flow_run.id,flow_version=" in asked, LOOK_AT
    assert "empirical_policy=self.flow_run.empirical_policy,)" in asked, LOOK_AT


def test_the_request_that_claims_runs_can_be_made_and_read() -> None:
    assert callable(getattr(PrefectClient, "request", None)), LOOK_AT
    assert WorkerFlowRunResponse.model_fields["flow_run"].annotation is FlowRun, LOOK_AT

"""Every flow is deployed, by the name of its module; no step is cached or keeps its result."""

import importlib
from typing import Any

import pytest
from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE

from flows.deploy import DEPLOYMENTS, Deployment
from infra.workflows import RENEWAL
from tests.checkout import modules

FLOWS = [each for each in modules() if each.startswith("flows.")]
TASKS = [each for each in modules() if each.startswith("tasks.")]


def found(kind: type[Any], where: list[str]) -> dict[str, Any]:
    """Every object of a kind that a module defines or imports, once."""
    objects: dict[int, tuple[str, Any]] = {}
    for module in where:
        for word, value in vars(importlib.import_module(module)).items():
            if isinstance(value, kind):
                objects.setdefault(id(value), (f"{module}.{word}", value))
    return dict(objects.values())


def test_every_flow_is_deployed_once_and_nothing_else_is() -> None:
    deployed = [each.flow for each in DEPLOYMENTS]
    assert {id(flow) for flow in found(Flow, FLOWS).values()} == {id(flow) for flow in deployed}
    assert len({f"{each.flow.name}/{each.name}" for each in DEPLOYMENTS}) == len(DEPLOYMENTS)


def test_no_flow_is_defined_outside_the_folder_of_flows() -> None:
    elsewhere = [each for each in modules() if not each.startswith("flows.")]
    assert found(Flow, elsewhere) == {}


@pytest.mark.parametrize("each", DEPLOYMENTS, ids=lambda each: each.name)
def test_a_deployment_names_its_flow_by_module_path_and_finds_the_same_object(each: Deployment) -> None:
    """A path entrypoint would load a second copy of the module; two copies have two of everything."""
    module, _, word = each.entrypoint.rpartition(".")
    assert "/" not in each.entrypoint
    assert getattr(importlib.import_module(module), word) is each.flow
    assert each.description.endswith(".")


def test_the_launcher_starts_a_deployment_that_exists() -> None:
    assert RENEWAL in {f"{each.flow.name}/{each.name}" for each in DEPLOYMENTS}


@pytest.mark.parametrize("flow", found(Flow, FLOWS).values(), ids=lambda flow: flow.name)
def test_a_flow_keeps_no_result_and_leaves_retries_to_its_steps(flow: Flow[..., Any]) -> None:
    assert flow.persist_result is False
    assert flow.retries == 0


@pytest.mark.parametrize("task", found(Task, TASKS).values(), ids=lambda task: task.name)
def test_a_step_is_never_cached_and_keeps_no_result(task: Task[..., Any]) -> None:
    """A cached step would not look: it would answer for the database with what it once saw."""
    assert task.cache_policy == NO_CACHE
    assert task.persist_result is False
    assert task.description


def test_there_are_steps_to_look_at() -> None:
    names = {task.name for task in found(Task, TASKS).values()}
    assert {"validate_identity", "collect_documents", "compute_fee", "take_payment", "extend_residency"} <= names

"""The Prefect UI as staff find it: queues, forms, schedules, one at a time; and what staff change there stays."""

import base64
import re
from itertools import pairwise
from typing import Any

import anyio
import pytest
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.alarms import alarms
from flows.automations import BLOCK
from flows.deploy import deploy
from flows.deployments import DEPLOYMENTS, Deployment
from flows.work_queues import OPERATIONS, QUEUES
from infra.wiring import installed
from models.service import Service
from tests.office import Filed, Office, soon

STAFFS_OWN = [each for each in DEPLOYMENTS if each.name != "renewal"]
FORMS = [each for each in STAFFS_OWN if each.flow.fn.__code__.co_kwonlyargcount or each.flow.fn.__code__.co_argcount]


def deploy_again(office: Office, api: str) -> None:
    """As a worker does when it starts."""

    async def put_in() -> None:
        async with get_client() as client:
            await deploy(client, work_pool=office.ports.settings.worker.work_pool)

    with temporary_settings({PREFECT_API_URL: api}), installed(office.ports):
        anyio.run(put_in)


def deployment(office: Office, name: str) -> dict[str, Any]:
    found: dict[str, Any] = office.prefect.get(f"/deployments/name/{name}/{name}").raise_for_status().json()
    return found


def queue(office: Office, name: str) -> dict[str, Any]:
    found: dict[str, Any] = office.prefect.get(f"/work_pools/renewals/queues/{name}").raise_for_status().json()
    return found


def automation(office: Office, name: str) -> dict[str, Any]:
    [found] = office.ask("/automations/filter", {"automations": {"name": {"any_": [name]}}})
    answer: dict[str, Any] = found
    return answer


def start(office: Office, name: str, **form: object) -> str:
    made = office.ask(f"/deployments/{deployment(office, name)['id']}/create_flow_run", {"parameters": form})
    return str(made["id"])


def ended(office: Office, run_id: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run: dict[str, Any] = office.prefect.get(f"/flow_runs/{run_id}").raise_for_status().json()
        return run if run["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None

    return soon(look, "the run's end")


def test_each_service_has_a_queue_staffs_own_flows_come_first_and_batches_last(office: Office) -> None:
    found = office.ask("/work_pools/renewals/queues/filter", {"limit": 50})
    by_priority = [each["name"] for each in sorted(found, key=lambda each: int(each["priority"]))]
    assert by_priority == [*(each.name for each in QUEUES), "default"]
    assert by_priority[0] == OPERATIONS
    assert {each.value for each in Service} <= set(by_priority)
    assert {each["name"]: each["concurrency_limit"] for each in found if each["name"] != "default"} == {
        each.name: each.limit for each in QUEUES
    }
    assert [each.value for each in Service if each.is_batch] == [each.name for each in reversed(QUEUES) if each.limit]


def test_a_renewal_waits_in_the_queue_of_its_service(office: Office, renewed: Filed) -> None:
    assert office.run(renewed)["work_queue_name"] == "individual"


def test_what_staff_changed_in_the_ui_stays_when_a_worker_starts(office: Office, prefect_api: str) -> None:
    prefect, name = office.prefect, "Healing fell silent"
    prefect.patch("/work_pools/renewals/queues/company", json={"is_paused": True, "concurrency_limit": 7})
    summary = deployment(office, "summary")
    [schedule] = summary["schedules"]
    prefect.patch(f"/deployments/{summary['id']}/schedules/{schedule['id']}", json={"active": False})
    prefect.post(f"/deployments/{deployment(office, 'retain')['id']}/pause_deployment")
    prefect.patch(f"/automations/{automation(office, name)['id']}", json={"enabled": False})
    address = "http://127.0.0.1:9/a-chat"
    block = prefect.get(f"/block_types/slug/webhook/block_documents/name/{BLOCK}").json()
    prefect.patch(f"/block_documents/{block['id']}", json={"data": {"url": address}, "merge_existing_data": True})
    try:
        deploy_again(office, prefect_api)
        assert (queue(office, "company")["is_paused"], queue(office, "company")["concurrency_limit"]) == (True, 7)
        assert [each["active"] for each in deployment(office, "summary")["schedules"]] == [False]
        assert deployment(office, "retain")["paused"] is True
        assert automation(office, name)["enabled"] is False
        there = prefect.get(f"/block_documents/{block['id']}", params={"include_secrets": True}).json()
        assert there["data"]["url"] == address
    finally:
        prefect.patch(f"/deployments/{summary['id']}/schedules/{schedule['id']}", json={"active": True})
        prefect.post(f"/deployments/{deployment(office, 'retain')['id']}/resume_deployment")
        prefect.patch("/work_pools/renewals/queues/company", json={"is_paused": False})
        ours = {"data": {"url": f"{office.ports.settings.public_url}/operations/alerts"}, "merge_existing_data": True}
        prefect.patch(f"/block_documents/{block['id']}", json=ours)


def test_deploying_again_changes_nothing_and_keeps_what_is_planned(office: Office, prefect_api: str) -> None:
    planned = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    morning = {"deployments": {"name": {"any_": ["summary", "remind"]}}}
    soon(lambda: office.ask("/flow_runs/filter", {**planned, **morning}), "the planned mornings")

    def picture() -> list[Any]:
        return [
            {each["id"] for each in office.ask("/flow_runs/filter", {**planned, **morning})},
            {each.name: deployment(office, each.name)["updated"] for each in DEPLOYMENTS},
            {each.name: automation(office, each.name)["updated"] for each in alarms("renewals")},
            {each.name: queue(office, each.name)["updated"] for each in QUEUES if each.name != "individual"},
        ]

    before = picture()[1:3]
    runs = picture()[0]
    deploy_again(office, prefect_api)
    assert picture()[1:3] == before
    assert picture()[0] >= runs


def test_a_worker_carries_runs_of_a_deployment_that_another_worker_made(office: Office, prefect_api: str) -> None:
    """After Prefect's database was lost the first worker deploys anew; the others must not sit on its runs."""
    office.prefect.delete(f"/deployments/{deployment(office, 'heal')['id']}").raise_for_status()
    deploy_again(office, prefect_api)
    run_id = start(office, "heal")
    assert ended(office, run_id)["state"]["type"] == "COMPLETED"
    states = office.prefect.get("/flow_run_states/", params={"flow_run_id": run_id}).raise_for_status().json()
    assert [each["type"] for each in states].count("PENDING") == 1


@pytest.mark.parametrize("each", FORMS, ids=lambda each: each.name)
def test_each_field_of_a_form_has_a_title_a_description_and_its_place(office: Office, each: Deployment) -> None:
    found = deployment(office, each.name)
    fields = found["parameter_openapi_schema"]["properties"]
    assert sorted(field["position"] for field in fields.values()) == list(range(len(fields)))
    for name, field in fields.items():
        assert field["title"] != name
        assert field["description"].endswith(".")
        assert "default" in field
    assert found["parameter_openapi_schema"].get("required", []) == []
    assert found["enforce_parameter_schema"] is True


@pytest.mark.parametrize("each", STAFFS_OWN, ids=lambda each: each.name)
def test_staffs_own_flows_run_one_at_a_time_in_their_own_queue_by_the_clock_of_kuwait(
    office: Office, each: Deployment
) -> None:
    found = deployment(office, each.name)
    assert found["global_concurrency_limit"]["limit"] == 1
    assert found["work_queue_name"] == OPERATIONS
    assert {schedule["schedule"]["timezone"] for schedule in found["schedules"]} <= {"Asia/Kuwait"}


def test_choices_are_offered_as_choices(office: Office) -> None:
    text = str(deployment(office, "reprocess")["parameter_openapi_schema"])
    assert "'enum': ['preview', 'do']" in text
    assert "payment_review" in text
    assert "domestic_worker" in text
    assert "sandbox_knet" in str(deployment(office, "reconcile")["parameter_openapi_schema"]["properties"]["profile"])


def test_two_at_once_wait_for_each_other(office: Office) -> None:
    runs = [ended(office, each) for each in [start(office, "summary") for _ in range(2)]]
    assert [each["state"]["message"] for each in runs if each["state"]["type"] != "COMPLETED"] == []
    spans = sorted((each["start_time"], each["end_time"]) for each in runs)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


def test_the_summary_is_a_page_with_tables_and_a_chart_that_name_nobody(office: Office, renewed: Filed) -> None:
    today = str(office.today)
    run = ended(office, start(office, "summary", day=today))
    assert run["state"]["type"] == "COMPLETED", run["state"]["message"]
    found = office.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    pages = {each["key"]: each for each in found}
    page, chart = pages["summary"], pages["summary-chart"]
    assert page["type"] == "markdown"
    for heading in ("What happened on the day", "Who is waited for now", "Money", "Workers"):
        assert f"## {heading}" in page["data"]
    assert "| online |" in page["data"]
    assert chart["type"] == "image"
    assert chart["data"] in page["data"]
    assert base64.b64decode(chart["data"].removeprefix("data:image/svg+xml;base64,")).startswith(b"<svg ")
    person = renewed.person.civil
    for private in (person.name_ar, person.name_latin, person.civil_number, person.passport_number):
        assert private not in page["data"]
    assert not re.search(r"\| captured \| [12] \| \d", page["data"])


def test_a_day_that_has_not_begun_is_refused_with_the_remedy(office: Office) -> None:
    run = ended(office, start(office, "summary", day="2199-01-01"))
    assert run["state"]["type"] == "FAILED"
    assert "give today or an earlier day" in run["state"]["message"]


def test_every_run_of_a_renewal_is_tagged_for_the_filters(office: Office, renewed: Filed) -> None:
    assert {"renewal", "individual"} <= set(office.run(renewed)["tags"])

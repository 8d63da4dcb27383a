"""Releasing from the Prefect UI: the form, the table that it leaves, and cases that are held on their way."""

import json
from typing import Any

import pytest

from flows.ending import STAFF_MUST_ACT
from infra.holding import hold_case, unhold_case
from models.case import CaseStatus
from models.release import ReleaseRound
from tests.office import RETRY, Filed, Office, soon


def press_run(office: Office, **form: Any) -> dict[str, Any]:
    """What *Custom run* of the deployment sends; the run at its end."""
    deployment = office.prefect.get("/deployments/name/release/release").raise_for_status().json()
    run = office.prefect.post(f"/deployments/{deployment['id']}/create_flow_run", json={"parameters": form})
    return ended(office, run.raise_for_status().json()["id"])


def ended(office: Office, run_id: str, *, after: str = "") -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        run: dict[str, Any] = office.prefect.get(f"/flow_runs/{run_id}").raise_for_status().json()
        over = run["state"]["type"] in {"COMPLETED", "FAILED", "CRASHED"}
        return run if over and run["state"]["id"] != after else None

    return soon(look, "the end of the release")


def table(office: Office, run: dict[str, Any]) -> list[dict[str, Any]]:
    asked = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}, "sort": "UPDATED_DESC"}
    rows: list[dict[str, Any]] = json.loads(office.ask("/artifacts/filter", asked)[0]["data"])
    return rows


def test_the_form_releases_the_cases_that_it_names_and_leaves_a_table(office: Office) -> None:
    first, second = office.file(), office.file()
    hold_case(office.ports, case_id=second.case_id, actor="Noura", reason="a letter is expected")
    run = press_run(office, how_many=5, references=[first.reference, second.reference])
    assert run["state"]["message"] == "1 released, 1 not released."
    rows = {each["case"]: each for each in table(office, run)}
    assert rows[first.reference]["what"] == "released"
    assert rows[second.reference] | {"why": ""} == {
        "case": second.reference, "service": "", "persons": "", "what": "left", "why": "",
    }  # fmt: skip
    assert "letter" not in json.dumps(rows)
    office.run_named(first, "Suspended")
    assert office.run(first)["work_queue_name"] == "individual"
    assert office.status(second) is CaseStatus.SUBMITTED


def test_a_dry_run_says_who_would_go(office: Office) -> None:
    filed = office.file()
    run = press_run(office, references=[filed.reference], dry_run=True, order="oldest_first", service="individual")
    assert run["state"]["message"] == "1 would be released."
    [row] = table(office, run)
    assert row["what"] == "would be released"
    assert office.status(filed) is CaseStatus.SUBMITTED


def test_the_same_run_repeated_releases_no_more(office: Office) -> None:
    filed = [office.file() for _ in range(2)]
    references = [each.reference for each in filed]
    run = press_run(office, how_many=1, references=references)
    before = table(office, run)
    office.prefect.post(f"/flow_runs/{run['id']}/set_state", json=RETRY).raise_for_status()
    ended(office, run["id"], after=run["state"]["id"])
    assert table(office, run) == before
    assert sorted(office.status(each) is CaseStatus.SUBMITTED for each in filed) == [False, True]
    assert len(office.rows(ReleaseRound, id=run["id"])) == 1


def test_a_run_is_held_by_name_and_goes_on_as_itself_when_it_is_let_go(office: Office) -> None:
    filed = office.at_the_payer()
    run_id = office.run(filed)["id"]
    page = office.at_the_bank(filed)
    hold_case(office.ports, case_id=filed.case_id, actor="Noura", reason="a letter is expected")
    page.press()
    held = office.run_named(filed, "Held")
    assert (held["state"]["type"], office.status(filed)) == ("FAILED", CaseStatus.PAID)
    assert held["state"]["name"] in STAFF_MUST_ACT
    assert "letter" not in held["state"]["message"]
    assert len(office.captures(filed)) == 1
    office.press_retry(filed)
    office.run_named(filed, "Held", after=held["state"]["id"])
    unhold_case(office.ports, case_id=filed.case_id, actor="Badr", reason="the letter came")
    done = office.run_named(filed, "Completed")
    assert done["id"] == run_id
    assert len(office.captures(filed)) == 1


@pytest.fixture
def paused(office: Office) -> Any:
    """The work queue of individuals, as staff pause it in the UI."""
    path = "/work_pools/renewals/queues/individual"
    office.prefect.patch(path, json={"is_paused": True}).raise_for_status()
    yield path
    office.prefect.patch(path, json={"is_paused": False}).raise_for_status()


def test_a_paused_work_queue_keeps_its_runs_until_it_goes_on(office: Office, paused: str) -> None:
    filed: Filed = office.file()
    press_run(office, references=[filed.reference])
    assert office.run(filed)["state"]["name"] in {"Scheduled", "Late"}
    assert press_run(office, dry_run=True)["state"]["type"] == "COMPLETED"  # staff's own flows go on meanwhile
    assert office.run(filed)["state"]["name"] in {"Scheduled", "Late"}
    office.prefect.patch(paused, json={"is_paused": False}).raise_for_status()
    office.run_named(filed, "Suspended")

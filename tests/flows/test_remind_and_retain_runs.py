"""Reminders, retention and scrubbing as staff start them in Prefect: forms, schedules, tables without a name."""

from typing import Any

import httpx

from models.case import CaseStatus
from models.message import Message, MessageKind, MessageOutcome
from models.person import CasePerson
from models.receipt import Receipt
from models.reminder import Reminder
from models.retention import retention_periods
from tests.office import Filed, Office, soon


def deployment(office: Office, name: str) -> dict[str, Any]:
    found: dict[str, Any] = office.prefect.get(f"/deployments/name/{name}/{name}").raise_for_status().json()
    return found


def run(office: Office, name: str, **form: object) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The run's last state, and the artifacts that it left."""
    made = office.ask(f"/deployments/{deployment(office, name)['id']}/create_flow_run", {"parameters": form})

    def look() -> dict[str, Any] | None:
        state: dict[str, Any] = office.prefect.get(f"/flow_runs/{made['id']}").raise_for_status().json()["state"]
        return state if state["type"] in {"COMPLETED", "FAILED"} else None

    state = soon(look, f"the end of {name}")
    return state, office.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [made["id"]]}}})


def table(artifacts: list[dict[str, Any]], key: str) -> str:
    [page] = [str(each["data"]) for each in artifacts if each["key"] == key]
    return page


def test_they_run_by_themselves_by_the_clock_of_kuwait(office: Office) -> None:
    schedules = {name: deployment(office, name)["schedules"] for name in ("remind", "retain", "scrub")}
    crons = {name: each["schedule"] for name, [each] in schedules.items()}
    assert crons["remind"]["cron"] == "0 9 * * *"
    assert {each["timezone"] for each in crons.values()} == {"Asia/Kuwait"}
    [nightly] = schedules["retain"]
    assert (nightly["active"], nightly["parameters"]) == (True, {"dry_run": False})


def test_the_forms_begin_with_what_does_no_harm(office: Office) -> None:
    remind, retain = (
        deployment(office, name)["parameter_openapi_schema"]["properties"] for name in ("remind", "retain")
    )
    assert set(remind) == {"day", "dry_run"}
    assert set(retain) == {"dry_run", "include_unconfirmed", "limit"}
    assert (retain["dry_run"]["default"], retain["include_unconfirmed"]["default"]) == (True, False)


def test_reminding_leaves_a_table_and_a_full_bar_and_the_message_goes_out(office: Office, renewed: Filed) -> None:
    [person] = office.rows(CasePerson, case_id=renewed.case_id)
    assert person.period_end is not None
    day = str(person.period_end.replace(day=1))
    state, artifacts = run(office, "remind", day=day, dry_run=True)
    assert state["type"] == "COMPLETED", state["message"]
    assert "would be reminded" in state["message"]
    assert office.rows(Reminder) == []
    state, artifacts = run(office, "remind", day=day)
    assert state["type"] == "COMPLETED", state["message"]
    page = table(artifacts, "remind")
    assert "| days before | persons |" in page
    assert [each["data"] for each in artifacts if each["type"] == "progress"] == [100.0]
    assert person.name_latin is not None
    assert person.name_latin not in page
    assert person.civil_number not in page
    assert office.rows(Reminder, person_id=person.id)


def test_what_a_renewal_told_stands_in_the_outbox_of_the_sandbox(office: Office, renewed: Filed) -> None:
    def told() -> bool:
        messages = office.rows(Message, case_id=renewed.case_id, kind=MessageKind.RECEIPT_ISSUED)
        return [each.outcome for each in messages] == [MessageOutcome.SENT]

    soon(told, "the message with the receipt")
    kept = httpx.get(f"{office.sandbox_url}/__sandbox__/messages").json()
    texts = [each["text"]["en"] for each in kept if each["template"] == "receipt_issued"]
    assert any(renewed.reference in text for text in texts)


def test_retaining_is_a_dry_run_unless_unticked_and_shows_every_period(office: Office) -> None:
    state, artifacts = run(office, "retain")
    assert state["type"] == "COMPLETED", state["message"]
    assert state["message"].startswith("0 case(s) would be erased")
    page = table(artifacts, "retain")
    for status, period in retention_periods().items():
        assert f"| {status.value} | {period.days} | to be confirmed |" in page
    assert CaseStatus.COMPLETED.value in page


def test_scrubbing_fails_when_a_file_is_gone_and_names_its_case(office: Office, renewed: Filed) -> None:
    state, _ = run(office, "scrub")
    assert (state["type"], state["message"].endswith("0 damaged.")) == ("COMPLETED", True)
    [receipt] = office.rows(Receipt, case_id=renewed.case_id)
    assert receipt.object_key is not None
    assert receipt.sha256 is not None
    data = office.ports.store.get(receipt.object_key, sha256=receipt.sha256)
    office.ports.store.erase(receipt.object_key)
    try:
        state, artifacts = run(office, "scrub")
    finally:
        office.ports.store.put(receipt.object_key, data, media_type="application/pdf")
    assert (state["type"], state["message"].endswith("1 damaged.")) == ("FAILED", True)
    assert f"| {renewed.reference} | {receipt.number} |" in table(artifacts, "scrub")

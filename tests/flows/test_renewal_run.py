"""A renewal as Prefect shows it: the right steps in the right order, the right name and end, nothing twice."""

import re

from infra.database import unit_of_work
from infra.sandbox.population import Resident
from models.case import CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.payments.ledger import LedgerEntry, LedgerKind
from models.quote import FeeLine, FeeQuote
from models.receipt import Receipt
from tests.flow_sequences import STRAIGHT, TO_THE_PAYER
from tests.office import Filed, Office, soon, step_of


def fined(person: Resident) -> Resident:
    assert person.traffic is not None
    return person.model_copy(update={"traffic": person.traffic.model_copy(update={"unpaid_fines_fils": 35_000})})


def test_an_approved_renewal_does_its_six_steps_in_order_and_each_row_is_completed(
    office: Office, renewed: Filed
) -> None:
    tasks = office.tasks(renewed, names=STRAIGHT)
    assert {task["state"]["name"] for task in tasks} == {"Completed"}
    assert {task["run_count"] for task in tasks} == {1}
    assert [step_of(task) for task in tasks] == STRAIGHT
    assert office.status(renewed) is CaseStatus.COMPLETED


def test_a_case_has_one_run_named_and_tagged_for_staff_and_told_its_id_only(office: Office, renewed: Filed) -> None:
    same_case = {"flow_runs": {"name": {"like_": renewed.reference}}}
    [run] = office.ask("/flow_runs/filter", same_case)
    assert run["name"] == f"{renewed.reference} individual 1 person"
    assert set(run["tags"]) >= {"renewal", "individual"}
    assert run["parameters"] == {"case_id": str(renewed.case_id)}
    assert (run["state"]["type"], run["state"]["name"]) == ("COMPLETED", "Completed")


def test_while_the_payer_is_awaited_the_run_is_suspended_and_holds_no_slot(office: Office) -> None:
    filed = office.at_the_payer()
    run = office.run(filed)
    assert (run["state"]["type"], run["state"]["name"]) == ("PAUSED", "Suspended")
    assert office.status(filed) is CaseStatus.AWAITING_PAYMENT
    office.tasks(filed, names=TO_THE_PAYER)


def test_a_blocked_renewal_completes_as_rejected_after_its_first_step(office: Office) -> None:
    filed = office.file(fined)
    office.release(filed)
    run = office.run_named(filed, "Rejected")
    assert run["state"]["type"] == "COMPLETED"
    assert "traffic_fines_unpaid" in office.artifacts(filed)[0]["data"]
    office.tasks(filed, names=["validate_identity"])


def test_the_cases_page_says_where_it_stands_and_why_without_names_numbers_or_amounts(
    office: Office, renewed: Filed
) -> None:
    key = renewed.reference.lower()
    pages = [each for each in office.artifacts(renewed) if each["key"] == key]
    newest = pages[0]["data"]
    [quote] = office.rows(FeeQuote, case_id=renewed.case_id)
    assert "**completed**" in newest
    for line in office.rows(FeeLine, quote_id=quote.id):
        assert line.rule in newest
        assert line.source in newest
    person = renewed.person.civil
    for page in pages:
        for private in (person.name_ar, person.name_latin, person.civil_number, person.passport_number):
            assert private not in page["data"]
        assert not re.search(r"\bKD\b|\d[.,]\d{3}\b|\b\d{4,}000\b", page["data"])


def test_a_completed_runs_page_links_to_the_stored_receipt(office: Office, renewed: Filed) -> None:
    [receipt] = office.rows(Receipt, case_id=renewed.case_id)
    pages = [each["data"] for each in office.artifacts(renewed) if each["type"] == "markdown"]
    link = f"[Receipt (PDF)]({office.ports.settings.public_url}/receipts/{receipt.id}.pdf)"
    assert [link in each for each in pages].count(True) == 1
    assert receipt.sha256 is not None


def test_retry_from_the_ui_after_completion_repeats_nothing(office: Office) -> None:
    filed = office.at_the_payer()
    office.pay(filed)
    before = office.run_named(filed, "Completed")["state"]["id"]
    receipts = office.rows(Receipt, case_id=filed.case_id)
    office.press_retry(filed)
    office.run_named(filed, "Completed", after=before)
    assert office.rows(Receipt, case_id=filed.case_id) == receipts
    assert len(office.rows(LedgerEntry, order_id=office.order(filed).id, kind=LedgerKind.CAPTURE)) == 1
    assert len(office.captures(filed)) == 1
    office.tasks(filed, names=STRAIGHT)


def test_a_case_started_twice_has_one_run(office: Office) -> None:
    filed = office.at_the_payer()
    run_id = office.run(filed)["id"]
    message = _leave_word(office, filed, OutboxKind.START_RUN)
    soon(lambda: _delivered(office, message), "the second start to be delivered")
    runs = office.ask("/flow_runs/filter", {"flow_runs": {"name": {"like_": filed.reference}}})
    assert [run["id"] for run in runs] == [run_id]
    office.tasks(filed, names=TO_THE_PAYER)


def test_word_that_comes_while_the_run_is_busy_waits_and_is_not_lost(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number) as held:
        office.release(filed)
        soon(lambda: held.met, "the run to ask the registry")
        message = _leave_word(office, filed, OutboxKind.WAKE_RUN)
        soon(lambda: _row(office, message).tries >= 2, "two tries to deliver")
        assert not _delivered(office, message)
        assert office.run(filed)["state"]["name"] == "Running"
    soon(lambda: _delivered(office, message), "the word to be delivered")
    office.tasks(filed, names=TO_THE_PAYER)
    office.run_named(filed, "Suspended")


def test_the_release_flow_takes_waiting_cases_from_the_queue(office: Office) -> None:
    filed = office.file()
    deployment = office.prefect.get("/deployments/name/release/release").raise_for_status().json()
    asked = {"parameters": {"how_many": 100, "service": "individual"}, "state": {"type": "SCHEDULED"}}
    run = office.ask(f"/deployments/{deployment['id']}/create_flow_run", asked)
    soon(lambda: office.prefect.get(f"/flow_runs/{run['id']}").json()["state"]["name"] == "Completed", "the release")
    office.run_named(filed, "Suspended")


def test_one_run_carried_the_case_from_its_release_to_its_receipt(office: Office, renewed: Filed) -> None:
    runs = office.ask("/flow_runs/filter", {"flow_runs": {"tags": {"all_": ["renewal"]}}})
    assert [run["parameters"]["case_id"] for run in runs].count(str(renewed.case_id)) == 1


def _leave_word(office: Office, filed: Filed, kind: OutboxKind) -> OutboxMessage:
    now = office.ports.now()
    with unit_of_work(office.ports.engine) as session:
        message = OutboxMessage(created_at=now, kind=kind, case_id=filed.case_id, due_at=now)
        session.add(message)
    return message


def _row(office: Office, message: OutboxMessage) -> OutboxMessage:
    return office.rows(OutboxMessage, id=message.id)[0]


def _delivered(office: Office, message: OutboxMessage) -> bool:
    return _row(office, message).delivered_at is not None

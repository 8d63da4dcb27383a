"""The worker as staff and orchestrators meet it: Cancel, Retry, a gentle stop, a death, and nothing done twice."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from infra.stack.places import Places
from infra.stack.process import Child
from models.case import CaseEvent, CaseStatus
from models.history import Transition
from models.run_lease import RunLease, Worker
from tests.flow_sequences import TO_THE_PAYER
from tests.office import Filed, Office, soon


@pytest.fixture(autouse=True)
def a_worker_runs(office: Office) -> Iterator[None]:
    yield
    if not office.parts["worker"].child.is_running:
        office.parts["worker"].child.kill()
        office.start_worker()


def states(office: Office, filed: Filed) -> list[str]:
    """The run's history as its page shows it."""
    run = office.run(filed)
    asked = office.prefect.get("/flow_run_states/", params={"flow_run_id": run["id"]}).raise_for_status().json()
    return [each["name"] for each in sorted(asked, key=lambda each: str(each["timestamp"]))]


def events(office: Office, filed: Filed) -> list[str]:
    found = office.rows(Transition, entity="renewal_case", entity_id=filed.case_id)
    return [each.event for each in sorted(found, key=lambda each: each.at)]


def held_at_the_registry(office: Office, filed: Filed) -> None:
    office.release(filed)
    office.run_named(filed, "Running")


def test_cancel_stops_a_running_run_holds_its_case_and_retry_goes_on(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number) as mood:
        held_at_the_registry(office, filed)
        soon(lambda: mood.met, "the question")
        office.press_cancel(filed)
        run_id = office.run(filed)["id"]
        heard = ("run_is_stopped", run_id)
        soon(lambda: any(all(word in line for word in heard) for line in office.worker_log()), "an answer to Cancel")
    office.run_named(filed, "Cancelled")
    case = office.case(filed)
    assert case.status in {CaseStatus.RELEASED, CaseStatus.IDENTIFIED}
    assert case.held_because == "its run was cancelled in the Prefect UI"
    assert "Crashed" not in states(office, filed)
    office.press_retry(filed)
    office.run_named(filed, "Suspended")
    assert not office.case(filed).is_held


def test_a_worker_that_is_asked_to_stop_finishes_what_is_nearly_done(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number) as mood:
        held_at_the_registry(office, filed)
        soon(lambda: mood.met, "the question")
        office.parts["worker"].child.ask_to_stop()
    soon(lambda: not office.parts["worker"].child.is_running, "the worker's end")
    assert office.parts["worker"].child.exit_code == 0
    assert office.run(filed)["state"]["name"] == "Suspended"
    assert (office.rows(RunLease), office.rows(Worker)) == ([], [])


def test_a_worker_that_is_asked_to_stop_hands_back_what_takes_long_and_goes_in_time(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number) as mood:
        held_at_the_registry(office, filed)
        soon(lambda: mood.met, "the question")
        assert office.stop_worker() < office.ports.settings.worker.drain_seconds + 12
    office.start_worker()
    office.run_named(filed, "Suspended")
    assert states(office, filed).count("AwaitingRetry") == 1
    assert "Crashed" not in states(office, filed)
    assert events(office, filed).count(CaseEvent.IDENTIFY) == 1


def test_row_5_what_a_killed_worker_carried_is_taken_up_by_the_next(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number) as mood:
        held_at_the_registry(office, filed)
        soon(lambda: mood.met, "the question")
        office.parts["worker"].child.kill()
    assert office.run(filed)["state"]["name"] == "Running"
    office.start_worker()
    office.run_named(filed, "Suspended")
    told = states(office, filed)
    assert told[told.index("Crashed") :][:2] == ["Crashed", "AwaitingRetry"]
    assert office.run(filed)["run_count"] == 2
    assert events(office, filed).count(CaseEvent.IDENTIFY) == 1
    office.pay(filed)
    office.run_named(filed, "Completed")
    assert len(office.captures(filed)) == 1


def test_the_run_count_is_right_after_each_retry(office: Office) -> None:
    filed = office.file()
    with office.moods.answering(403, at="/civil", about=filed.person.civil_number):
        office.release(filed)
        first = office.run_named(filed, "RegistryRefused")
        office.press_retry(filed)
        second = office.run_named(filed, "RegistryRefused", after=first["state"]["id"])
    assert [first["run_count"], second["run_count"]] == [1, 2]
    office.press_retry(filed)
    assert office.run_named(filed, "Suspended")["run_count"] == 3


def test_staff_see_that_a_worker_lives(office: Office) -> None:
    pool = office.ports.settings.worker.work_pool
    soon(
        lambda: [each for each in office.ask(f"/work_pools/{pool}/workers/filter", {}) if each["status"] == "ONLINE"],
        "a worker",
    )
    office.tasks(office.at_the_payer(), names=TO_THE_PAYER)


def test_a_worker_begins_while_prefect_is_away_says_so_and_can_be_stopped(office: Office, own_places: Places) -> None:
    command = office.parts["worker"].child.command
    nowhere = {**command.environment, "PREFECT_API_URL": "http://127.0.0.1:9/api"}
    worker = Child(replace(command, environment=nowhere), own_places)
    worker.start()
    try:
        soon(lambda: "prefect_unreachable" in worker.log.read_text(), "a word about Prefect")
        worker.ask_to_stop()
        soon(lambda: not worker.is_running, "its end")
        assert worker.exit_code == 0
    finally:
        worker.kill()

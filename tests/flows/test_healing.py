"""What was lost comes back: words, workers, runs. Staff press Heal, and each worker also does it by itself."""

import time
from dataclasses import dataclass

import pytest

from infra.cancelling import cancel_case
from infra.stack.postgres_cluster import Cluster
from models.case import CaseStatus
from models.run_lease import WORKER_LIFE
from tests.office import Filed, Office, soon


def press_heal(office: Office) -> str:
    """One round now; what it says."""
    heal = office.prefect.get("/deployments/name/heal/heal").raise_for_status().json()["id"]
    run = office.prefect.post(f"/deployments/{heal}/create_flow_run", json={}).raise_for_status().json()["id"]

    def over() -> str | None:
        state = office.prefect.get(f"/flow_runs/{run}").raise_for_status().json()["state"]
        assert state["type"] not in {"FAILED", "CRASHED"}, state
        return str(state["message"]) if state["type"] == "COMPLETED" else None

    return soon(over, "the end of healing")


@dataclass(frozen=True)
class Administrator:
    """Changes what the product itself never could."""

    cluster: Cluster

    def sql(self, statement: str, filed: Filed) -> None:
        with self.cluster.connect("office") as connection:
            connection.execute("set session_replication_role = replica")  # the guards of history sleep
            connection.execute(statement.encode(), {"case": filed.case_id})

    def forget_words(self, filed: Filed) -> None:
        self.sql("delete from outbox_message where case_id = %(case)s", filed)

    def long_ago(self, filed: Filed) -> None:
        """Nothing has happened to the case for a while, and no word is on its way."""
        self.sql("update transition set at = at - interval '10 minutes' where entity_id = %(case)s", filed)
        self.forget_words(filed)


@pytest.fixture
def administrator(postgres_cluster: Cluster) -> Administrator:
    return Administrator(postgres_cluster)


def test_a_lost_resume_is_made_up_for(office: Office, administrator: Administrator) -> None:
    filed = office.at_the_payer()
    page = office.at_the_bank(filed)
    hold = "update renewal_case set held_at = now(), held_by = 'x', held_because = 'x' where id = %(case)s"
    administrator.sql(hold, filed)
    page.press()
    soon(lambda: office.status(filed) is CaseStatus.PAID, "the payment")
    office.run_named(filed, "Held")
    administrator.long_ago(filed)
    free = "update renewal_case set held_at = null, held_by = null, held_because = null where id = %(case)s"
    administrator.sql(free, filed)
    press_heal(office)
    office.run_named(filed, "Completed")


def test_row_11_a_run_that_prefect_takes_for_running_and_nobody_carries_is_taken_up(office: Office) -> None:
    filed = office.at_the_payer()
    run = office.run(filed)
    running = {"state": {"type": "RUNNING"}, "force": True}
    office.prefect.post(f"/flow_runs/{run['id']}/set_state", json=running).raise_for_status()
    time.sleep(WORKER_LIFE.total_seconds() + 1)
    press_heal(office)
    office.run_named(filed, "Suspended", after=run["state"]["id"])
    office.pay(filed)
    office.run_named(filed, "Completed")


def test_the_run_of_a_case_that_was_closed_meanwhile_ends(office: Office, administrator: Administrator) -> None:
    filed = office.at_the_payer()
    run_id = office.run(filed)["id"]
    administrator.sql("update renewal_case set flow_run_id = null where id = %(case)s", filed)  # no word reaches it
    cancel_case(office.ports, filed.reference, actor="tester", reason="withdrawn")
    administrator.forget_words(filed)
    administrator.sql(f"update renewal_case set flow_run_id = '{run_id}' where id = %(case)s", filed)  # noqa: S608
    press_heal(office)
    office.run_named(filed, "Cancelled")


def test_a_run_that_was_deleted_in_prefect_is_replaced_when_its_case_goes_on(office: Office) -> None:
    filed = office.file()
    with office.moods.holding(at="/civil", about=filed.person.civil_number):
        office.release(filed)
        first = office.run_named(filed, "Running")["id"]
        office.prefect.delete(f"/flow_runs/{first}").raise_for_status()
    soon(lambda: office.status(filed) is CaseStatus.AWAITING_PAYMENT, "the steps that were under way")
    office.pay(filed)
    soon(lambda: str(office.case(filed).flow_run_id) != first, "a new run")
    office.run_named(filed, "Completed")


def test_a_run_whose_work_queue_was_deleted_is_replaced(office: Office, administrator: Administrator) -> None:
    filed = office.at_the_payer()
    first = office.run(filed)["id"]
    office.prefect.delete("/work_pools/renewals/queues/individual").raise_for_status()
    office.pay(filed)
    soon(lambda: office.status(filed) is CaseStatus.PAID, "the payment")
    soon(lambda: office.prefect.get(f"/flow_runs/{first}").json()["state"]["type"] == "SCHEDULED", "the waking")
    administrator.long_ago(filed)
    press_heal(office)
    soon(lambda: str(office.case(filed).flow_run_id) != first, "a new run")
    office.run_named(filed, "Completed")


def test_a_deployment_that_was_deleted_is_made_again_and_its_cases_get_new_runs(office: Office) -> None:
    filed = office.at_the_payer()
    first = office.run(filed)["id"]
    deployment = office.prefect.get("/deployments/name/renewal/renewal").raise_for_status().json()["id"]
    office.prefect.delete(f"/deployments/{deployment}").raise_for_status()
    soon(lambda: str(office.case(filed).flow_run_id) not in {first, "None"}, "a new run", seconds=150)
    office.pay(filed)
    office.run_named(filed, "Completed")

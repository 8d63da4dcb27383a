"""Reprocessing as staff start it in Prefect: a form, a preview that does nothing, then what is safe, and a table."""

from typing import Any

from models.payments.attempt import AttemptState
from models.payments.ledger import LedgerEntry
from tests.office import Filed, Office, soon


def reprocess(office: Office, **form: object) -> tuple[dict[str, Any], str]:
    """The run's last state and the table that it left."""
    deployment = office.prefect.get("/deployments/name/reprocess/reprocess").raise_for_status().json()
    made = office.ask(f"/deployments/{deployment['id']}/create_flow_run", {"parameters": form})

    def look() -> dict[str, Any] | None:
        state: dict[str, Any] = office.prefect.get(f"/flow_runs/{made['id']}").raise_for_status().json()["state"]
        return state if state["type"] in {"COMPLETED", "FAILED"} else None

    state = soon(look, "the end of the reprocessing")
    tables = office.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [made["id"]]}}})
    return state, "\n".join(each["data"] for each in tables if each["key"] == "reprocess")


def test_the_form_offers_references_filters_and_a_preview_by_default(office: Office) -> None:
    deployment = office.prefect.get("/deployments/name/reprocess/reprocess").raise_for_status().json()
    fields = deployment["parameter_openapi_schema"]["properties"]
    assert set(fields) == {"references", "status", "service", "older_than_minutes", "everything", "mode"}
    assert (fields["mode"]["default"], fields["everything"]["default"]) == ("preview", False)


def test_preview_does_nothing_and_do_leaves_a_table_without_amounts_or_names(office: Office, renewed: Filed) -> None:
    booked = len(office.rows(LedgerEntry))
    state, table = reprocess(office, references=[renewed.reference, "RN-2222-2222"])
    assert state["message"] == "2 case(s), 0 safe; nothing was done."
    assert f"| {renewed.reference} | refused |" in table
    assert "RN-2222-2222 | refused | There is no case" in table
    state, table = reprocess(office, references=[renewed.reference], mode="do")
    assert state["message"] == "0 case(s) reprocessed, 0 went on, 0 stood still, 0 failed, 1 left alone."
    assert renewed.person.civil.name_latin not in table
    assert len(office.rows(LedgerEntry)) == booked


def test_nothing_selected_fails_with_what_to_name(office: Office) -> None:
    state, _ = reprocess(office)
    assert state["type"] == "FAILED"
    assert "name cases" in state["message"]


def test_a_payment_that_nobody_told_us_of_is_found_by_the_bank_and_the_run_goes_on(office: Office) -> None:
    filed = office.at_the_payer()
    office.pay(filed)
    state, _ = reprocess(office, references=[filed.reference], mode="do")
    assert state["type"] == "COMPLETED"
    office.run_named(filed, "Completed")
    assert [each.state for each in office.attempts(filed)] == [AttemptState.CAPTURED]
    assert len(office.captures(filed)) == 1

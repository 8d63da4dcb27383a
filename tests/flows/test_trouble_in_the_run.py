"""When registries fail: an outage is tried again, a refusal is shown to staff, and Retry goes on from there."""

from models.case import Case, CaseEvent, CaseStatus
from models.history import Transition
from models.receipt import Receipt
from tests.flow_sequences import STRAIGHT, TO_THE_PAYER
from tests.office import Filed, Office


def test_an_outage_is_tried_again_within_the_step(office: Office) -> None:
    filed = office.file()
    with office.moods.answering(503, at="/civil", about=filed.person.civil_number, times=2):
        office.release(filed)
        office.run_named(filed, "Suspended")
    [identity, *others] = office.tasks(filed, names=TO_THE_PAYER)
    assert identity["run_count"] == 3
    assert {task["run_count"] for task in others} == {1}


def test_a_refusal_is_not_tried_again_and_fails_the_run_by_name(office: Office) -> None:
    filed = office.file()
    with office.moods.answering(403, at="/civil", about=filed.person.civil_number) as mood:
        office.release(filed)
        run = office.run_named(filed, "RegistryRefused")
        assert mood.met == 1
    assert run["state"]["type"] == "FAILED"
    [identity] = office.tasks(filed, names=["validate_identity"])
    assert identity["run_count"] == 1
    assert office.status(filed) is CaseStatus.REGISTRY_REFUSED


def test_retry_goes_on_when_the_registry_no_longer_refuses(office: Office) -> None:
    filed = office.file()
    with office.moods.answering(403, at="/civil", about=filed.person.civil_number):
        office.release(filed)
        first = office.run_named(filed, "RegistryRefused")["state"]["id"]
        office.press_retry(filed)
        office.run_named(filed, "RegistryRefused", after=first)
    office.press_retry(filed)
    office.run_named(filed, "Suspended")
    assert office.status(filed) is CaseStatus.AWAITING_PAYMENT
    refused, retried = CaseEvent.REFUSE_BY_REGISTRY.value, CaseEvent.RETRY.value
    assert events(office, filed)[1:6] == [refused, retried, refused, retried, CaseEvent.IDENTIFY.value]


def test_a_paid_renewal_that_was_refused_is_renewed_by_retry_without_a_second_payment(office: Office) -> None:
    filed = office.at_the_payer()
    with office.moods.answering(422, at="/residency/extensions", about=filed.person.civil_number):
        office.pay(filed)
        run = office.run_named(filed, "RenewalRefused")
    assert run["state"]["type"] == "FAILED"
    office.press_retry(filed)
    office.run_named(filed, "Completed")
    assert len(office.captures(filed)) == 1
    assert len(office.rows(Receipt, case_id=filed.case_id)) == 1
    office.tasks(filed, names=[*STRAIGHT[:-1], "extend_residency", "render_receipt"])


def test_an_outage_while_extending_asks_again_and_extends_once(office: Office) -> None:
    filed = office.at_the_payer()
    with office.moods.answering(503, at="/residency/extensions", about=filed.person.civil_number, times=1) as mood:
        office.pay(filed)
        office.run_named(filed, "Completed")
        assert mood.met == 1
    extension = next(task for task in office.tasks(filed, names=STRAIGHT) if task["name"].startswith("extend"))
    assert extension["run_count"] == 2
    assert events(office, filed).count(CaseEvent.EXTEND.value) == 1


def events(office: Office, filed: Filed) -> list[str]:
    return [each.event for each in office.rows(Transition, entity=Case.__tablename__, entity_id=filed.case_id)]

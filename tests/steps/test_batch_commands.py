"""A batch goes by its own reference: at submission, in `status`, in `payments show`, in `payments claim`."""

import json
from pathlib import Path
from uuid import UUID

import pytest

from infra.payments.claiming import claim
from infra.sandbox.troubles import Trouble
from models.batch import Batch
from models.case import Case, CaseStatus
from models.money import Money
from models.payments.claim import ClaimOutcome
from models.payments.order import OrderLine
from models.receipt import Receipt
from tests.at_the_terminal import Run, refused, said
from tests.world import World

_C, _S = ClaimOutcome, CaseStatus


@pytest.fixture
def cases(world: World) -> list[UUID]:
    """Two employees whose payment is asked for."""
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release()
    for case_id in cases:
        assert world.run(case_id) is _S.AWAITING_PAYMENT
    return cases


def batch_of(world: World) -> str:
    [batch] = world.rows(Batch)
    return batch.reference


def references(world: World, cases: list[UUID]) -> list[str]:
    return [world.case(each).reference for each in cases]


def test_submission_names_the_batch(world: World, run: Run, tmp_path: Path) -> None:
    for name, data in world.company(world.person(), world.person()).files.items():
        (tmp_path / name).write_bytes(data)
    *named, last = said(run("submit", tmp_path)).splitlines()
    assert sorted(named) == sorted(each.reference for each in world.rows(Case))
    assert f"Batch {batch_of(world)}, 2 case(s)" in last
    assert f"status {batch_of(world)}" in last


def test_submission_of_one_case_names_the_case_alone(world: World, run: Run, tmp_path: Path) -> None:
    for name, data in world.draft().files.items():
        (tmp_path / name).write_bytes(data)
    assert said(run("submit", tmp_path)) == f"{world.rows(Case)[0].reference}\n"


def test_status_of_a_batch_is_its_cases_and_where_to_pay(world: World, run: Run, cases: list[UUID]) -> None:
    output = said(run("status", batch_of(world).lower()))
    order = world.order(cases[0])
    rows = [line for line in output.splitlines() if "RN-" in line]
    for number, (line, reference) in enumerate(zip(rows, references(world, cases), strict=True), 1):
        assert line.split("│")[1].strip() == str(number)
        assert reference in line
        assert "awaiting_payment" in line
    assert f"/pay/{order.id}" in output
    assert f"Amount {Money(order.amount_fils).english}" in output


def test_status_of_a_batch_in_json_has_receipts_and_no_person(world: World, run: Run, cases: list[UUID]) -> None:
    world.pay(cases[0])
    world.run(cases[0])
    report = json.loads(said(run("status", batch_of(world), "--json")))
    [receipt] = world.rows(Receipt)
    assert (report["batch"], report["payment"]["status"]) == (batch_of(world), "paid")
    assert [each["reference"] for each in report["cases"]] == references(world, cases)
    assert [each["receipt"] for each in report["cases"]] == [receipt.number, None]
    assert set(report["cases"][0]) == {
        *(
            "row",
            "reference",
            "status",
            "waits_on",
            "is_held",
            "amount_fils",
            "refunded_fils",
            "receipt",
            "receipt_revoked",
            "obstacles",
        ),
    }


def test_status_of_a_batch_says_whose_share_went_back_and_which_receipt_is_revoked(
    world: World, run: Run, cases: list[UUID]
) -> None:
    world.pay(cases[0])
    for each in cases:
        world.run(each)
    share = Money(world.rows(OrderLine, case_id=cases[1])[0].amount_fils)
    mine, other = references(world, [cases[1], cases[0]])
    ask = ("payments", "refunds", "request", mine, "--believed-left", share, "--reason", "in error", "--as", "sara")
    key = said(run(*ask)).splitlines()[0]
    said(run("payments", "refunds", "approve", key, "--as", "omar"))
    said(run("payments", "settle"))
    [revoked] = [each for each in world.rows(Receipt) if each.revoked_at]
    output = said(run("status", batch_of(world)))
    assert f"{share.english} of {mine}  in error" in output
    rows = {each: next(line for line in output.splitlines() if "│" in line and each in line) for each in (mine, other)}
    assert [cell.strip() for cell in rows[mine].split("│")][6:8] == [str(share), f"{revoked.number} (revoked)"]
    assert "revoked" not in rows[other]
    assert f"Receipt {revoked.number} (revoked)" in said(run("status", mine))


def test_status_of_a_batch_says_why_a_row_is_refused(world: World, run: Run) -> None:
    rows = world.submitted(world.company(world.person(), world.person(18, Trouble.STATE_DEBTS)))
    world.release()
    for each in rows:
        world.run(each)
    output = said(run("status", batch_of(world)))
    [line] = [line for line in output.splitlines() if "Debts to state bodies are unpaid" in line]
    assert line.startswith(f"✗ row 2, {world.case(rows[1]).reference}: ")
    assert "ديون" in output
    report = json.loads(said(run("status", batch_of(world), "--json")))
    assert [len(each["obstacles"]) for each in report["cases"]] == [0, 1]


def test_while_the_bank_is_asked_nobody_waits_for_the_payer(world: World, run: Run, cases: list[UUID]) -> None:
    [one] = world.submitted()
    world.release()
    world.run(one)
    reference = world.case(one).reference
    attempt, together = world.start(one), world.start(cases[0])
    assert "awaiting_payment (waits on payer)" in said(run("status", reference))
    for each in (attempt, together):
        world.gateway.captures(each.trackid)
        world.settle(each)
    assert "awaiting_payment (waits on us)" in said(run("status", reference))
    report = json.loads(said(run("status", batch_of(world), "--json")))
    assert [each["waits_on"] for each in report["cases"]] == ["us", "us"]


def test_story_of_a_batch_is_that_of_its_order(world: World, run: Run, cases: list[UUID]) -> None:
    world.pay(cases[0])
    output = said(run("payments", "show", batch_of(world)))
    assert str(world.order(cases[0]).id) in output
    assert all(each in output for each in references(world, cases))


def test_batch_that_has_nothing_to_pay_yet_says_where_it_stands(world: World, run: Run) -> None:
    world.submitted(world.company(world.person()))
    assert f"status {batch_of(world)}" in refused(run("payments", "show", batch_of(world)))


def test_claim_hears_a_batch_before_and_after_its_payment(world: World, cases: list[UUID]) -> None:
    text = f"we paid {batch_of(world)} on Monday"
    before = claim(world.ports, text, actor="sara")
    assert (before.outcome, before.pay_url[-36:]) == (_C.NOT_PAID_YET, str(world.order(cases[0]).id))
    world.pay(cases[0])
    after = claim(world.ports, text, actor="sara")
    assert (after.outcome, sorted(after.references)) == (_C.PAID, sorted(references(world, cases)))


def test_claim_of_a_batch_that_was_not_asked_to_pay_names_its_cases(world: World) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    answer = claim(world.ports, batch_of(world), actor="sara")
    assert (answer.outcome, list(answer.references)) == (_C.NOTHING_DUE, references(world, cases))


def test_batch_where_a_case_is_wanted_is_told_what_it_is(world: World, run: Run) -> None:
    world.submitted(world.company(world.person()))
    assert f"it is a batch: its cases are in `.venv/bin/python manage.py status {batch_of(world)}`" in refused(
        run("fees", "explain", batch_of(world))
    )

"""`payments claim` at the terminal: both languages, where the receipt is, and what may be meant."""

import json
from uuid import UUID

import pytest

from models.case import CaseStatus
from models.payments.order import OrderLine
from models.receipt import Receipt
from tests.at_the_terminal import Run, refused, said
from tests.world import PUBLIC_URL, World

_S = CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


def test_claim_answers_in_both_languages(world: World, run: Run) -> None:
    case_id = world.at(_S.COMPLETED)
    output = said(run("payments", "claim", world.attempts(case_id)[0].ref))
    [receipt] = world.rows(Receipt)
    assert receipt.number in output
    assert "Do not pay again" in output
    assert "لا تدفع مرة أخرى" in output
    assert f"Receipt {receipt.number} at {PUBLIC_URL}/receipts/{receipt.id}.pdf" in output
    unknown = run("payments", "claim", "99999999", "--json")
    assert (unknown.exit_code, json.loads(unknown.output)["outcome"]) == (1, "unknown_here")
    refused(run("payments", "claim", "?"))


@pytest.mark.parametrize("typed", ["{0}", "{0} {1}-{2}", "{0}{1}{2}", "{0} {1} {2}"])
def test_reference_is_found_however_it_was_typed(world: World, run: Run, case_id: UUID, typed: str) -> None:
    parts = world.case(case_id).reference.split("-")
    text = typed.format(*parts) if "{1}" in typed else "-".join(parts)
    assert "not_paid_yet" in said(run("payments", "claim", f"paid for {text.lower()} on Monday"))
    world.pay(case_id)
    assert "-".join(parts) in said(run("payments", "show", text.lower()))


def test_claim_that_names_two_payments_lists_both(world: World, run: Run) -> None:
    one, other = (world.pay(world.at(_S.AWAITING_PAYMENT)) for _ in range(2))
    output = said(run("payments", "claim", f"{one.trackid} and {other.trackid}"))
    for attempt in (one, other):
        [line] = world.rows(OrderLine, order_id=attempt.order_id)
        assert f"Payment {attempt.trackid}  {world.case(line.case_id).reference}" in output
    assert "the payment page" not in output

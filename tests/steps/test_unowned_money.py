"""Money in suspense that is of no payment of ours: a claim and the story know it by every number."""

import json

import pytest

from infra.payments.claiming import claim
from models.money import Money
from models.payments.claim import ClaimOutcome
from models.payments.ledger import LedgerEntry
from models.payments.review import ReviewItem, ReviewKind
from tests.at_the_terminal import Run, said
from tests.settlement import File
from tests.world import World

NUMBER = "779244052999"


@pytest.mark.parametrize("number", [NUMBER, "stranger9"])
def test_claim_knows_what_waits_in_suspense(world: World, number: str) -> None:
    File().stranger(55_000, tranid=NUMBER, trackid="STRANGER9").taken_in(world)
    before = len(world.rows(LedgerEntry))
    answer = claim(world.ports, f"I paid under {number}", actor="sara")
    assert (answer.outcome, answer.taken_fils) == (ClaimOutcome.IN_SUSPENSE, 55_000)
    assert Money(55_000).english in answer.words.en
    assert Money(55_000).arabic in answer.words.ar
    assert answer.pay_url == ""
    assert len(world.rows(LedgerEntry)) == before


def test_claim_of_a_number_that_no_file_has_is_unknown(world: World) -> None:
    File().stranger(55_000, tranid=NUMBER).taken_in(world)
    assert claim(world.ports, "I paid under 779244052998", actor="sara").outcome is ClaimOutcome.UNKNOWN_HERE


def test_claim_of_suspended_money_that_the_bank_took_back_says_so(world: World) -> None:
    stranger = File().stranger(55_000, tranid=NUMBER)
    stranger.taken_in(world)
    reversed_ = stranger.rows[0].replace("Posted", "Reversed").replace(f"{Money(150)}", "0.000")
    File(rows=[reversed_]).taken_in(world)
    assert claim(world.ports, NUMBER, actor="sara").outcome is ClaimOutcome.REVERSED


def test_show_tells_where_it_came_from_and_what_is_asked(world: World, run: Run) -> None:
    File().stranger(55_000, tranid=NUMBER).taken_in(world)
    [item] = world.rows(ReviewItem, kind=ReviewKind.UNKNOWN_PAYMENT)
    [tale] = json.loads(said(run("payments", "show", NUMBER, "--json")))
    assert tale["in_suspense"] == "55.000"
    assert tale["said"].startswith("knet.csv, line 2: capture of KD 55.000")
    assert tale["numbers"]["tranid"] == NUMBER
    assert [(each["item"], each["state"]) for each in tale["questions"]] == [(str(item.id), "open")]
    screen = said(run("payments", "show", NUMBER))
    for part in ("KD 55.000", "in suspense", "knet.csv, line 2", NUMBER, str(item.id)):
        assert part in screen

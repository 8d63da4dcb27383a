"""A command that is printed can be pasted: nothing is missing in it, and what only holds a place is refused."""

import re
import shlex
from uuid import UUID

import pytest

from infra.remedies import MANAGE
from models.case import CaseStatus
from models.money import Money
from models.payments.order import OrderLine
from models.payments.refund import Refund
from tests.at_the_terminal import Run, refused, said
from tests.world import World

_S = CaseStatus


@pytest.fixture
def rows(world: World) -> list[UUID]:
    """Three rows of a company, paid together and renewed."""
    cases = world.submitted(world.company(*[world.person() for _ in range(3)]))
    world.release()
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    for case_id in cases:
        world.run(case_id)
    return cases


def share(world: World, case_id: UUID) -> Money:
    return Money(world.rows(OrderLine, case_id=case_id)[0].amount_fils)


def printed(output: str) -> list[str]:
    """The words of the command that was printed last, with words of one's own where it holds a place."""
    *_, command = re.findall(rf"{re.escape(MANAGE)} ([^`\n]*)", output)
    return shlex.split(command.replace("TEXT", "'paid in error'").replace("NAME", "omar"))


ASK = ("payments", "refunds", "request")
WHY = ("--reason", "paid in error", "--as", "sara")


def test_refund_on_a_case_of_a_batch_is_its_share(world: World, run: Run, rows: list[UUID]) -> None:
    reference, left = world.case(rows[0]).reference, share(world, rows[0])
    output = said(run(*ASK, reference.lower(), "--believed-left", left, *WHY))
    [refund] = world.rows(Refund)
    assert (refund.case_id, refund.amount_fils) == (rows[0], left.fils)
    assert f"{left.english} of the share of {reference}" in output
    again = refused(run(*ASK, reference, "--believed-left", left, *WHY))
    assert "nothing of this share is left" in again


def test_refund_of_all_that_was_paid_together_is_named_so(world: World, run: Run, rows: list[UUID]) -> None:
    reference, left = world.case(rows[0]).reference, Money(world.order(rows[0]).amount_fils)
    assert f"{share(world, rows[0])} is left" in " ".join(
        refused(run(*ASK, reference, "--believed-left", left, *WHY)).split()
    )
    assert "the whole order" in said(run(*ASK, reference, "--believed-left", left, *WHY, "--whole-order"))
    [refund] = world.rows(Refund)
    assert (refund.case_id, refund.amount_fils) == (None, left.fils)


def test_cancel_prints_the_whole_command_that_asks_for_the_share(world: World, run: Run, rows: list[UUID]) -> None:
    words = ("cancel", world.case(rows[1]).reference, *WHY)
    said(run(*printed(refused(run(*words)))))
    [refund] = world.rows(Refund)
    assert (refund.case_id, refund.amount_fils) == (rows[1], share(world, rows[1]).fils)
    assert "given back or asked back" in refused(run(*words))


def test_command_for_the_second_person_is_whole_and_refuses_its_placeholder(
    world: World, run: Run, rows: list[UUID]
) -> None:
    output = said(run(*ASK, world.case(rows[0]).reference, "--believed-left", share(world, rows[0]), *WHY))
    words = printed(output)
    assert "'NAME' only holds the place" in refused(run(*words[:-1], "NAME"))
    assert world.rows(Refund)[0].approved_by is None
    said(run(*words))
    assert world.rows(Refund)[0].approved_by == "omar"


@pytest.mark.parametrize("text", ["NAME", "TEXT", "...", "…", " . ", "", "<name>", "[who]"])
@pytest.mark.parametrize("option", ["--as", "--reason"])
def test_what_only_holds_a_place_is_refused(world: World, run: Run, option: str, text: str) -> None:
    case_id = world.submitted()[0]
    reference = world.case(case_id).reference
    words = {"--as": "sara", "--reason": "asked for"} | {option: text}
    output = refused(run("hold", reference, *[each for pair in words.items() for each in pair]))
    assert f"Error: {option}: " in output
    assert "only holds the place" in output
    assert world.case(case_id).held_at is None


@pytest.mark.parametrize("by", ["hold", "status"])
def test_command_that_lets_a_case_go_on_is_whole(world: World, run: Run, by: str) -> None:
    case_id = world.submitted()[0]
    reference = world.case(case_id).reference
    held = said(run("hold", reference, *WHY))
    said(run(*printed(held if by == "hold" else said(run("status", reference)).partition("\nAmount")[0])))
    assert world.case(case_id).held_at is None


def test_command_that_lifts_a_legal_hold_is_whole(world: World, run: Run) -> None:
    reference = world.case(world.submitted()[0]).reference
    assert "Lifted" in said(run(*printed(said(run("legal-hold", reference, *WHY)))))


def test_each_question_ends_with_the_command_that_answers_it(world: World, run: Run) -> None:
    doubtful = world.start(world.at(_S.AWAITING_PAYMENT))
    for number, kind in enumerate(("totals_differ", "unknown_outcome")):
        world.sql(
            "insert into review_item (id, created_at, kind, subject, note, order_id, attempt_id)"
            " values (:key, now(), :kind, :kind, '', :order, :attempt)",
            key=f"abcdef12-0000-4000-8000-00000000000{number}",
            kind=kind,
            order=doubtful.order_id,
            attempt=doubtful.id,
        )
    output = said(run("payments", "work"))
    assert f"{MANAGE} payments close abcdef12-0000-4000-8000-000000000000 --reason TEXT --as NAME" in output
    resolve = f"{MANAGE} payments resolve {doubtful.trackid} --verdict VERDICT --evidence TEXT --reason TEXT --as NAME"
    assert resolve in output

"""How a command is read and how it speaks: all that is missing at once, days as people write them, and no log."""

import re

import pytest

from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from models.case import CaseStatus
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderLine
from tests.at_the_terminal import Run, refused, said
from tests.world import World

_S = CaseStatus


@pytest.mark.parametrize("command", ["payments claim REF", "payments settle", "payments reprocess REF --do --yes"])
def test_no_log_is_mixed_into_what_a_command_says(world: World, run: Run, command: str) -> None:
    attempt = world.start(world.at(_S.AWAITING_PAYMENT))
    world.gateway.captures(attempt.trackid)
    world.clock.advance(hours=1)
    result = run(*command.replace("REF", world.case(world.rows(OrderLine)[0].case_id).reference).split())
    assert said(result)
    assert result.stderr == ""


@pytest.mark.parametrize(
    "command", ["status REF", "fees explain REF", "payments show REF", "payments work", "ledger statement"]
)
def test_people_read_a_day_as_they_write_it_and_programs_in_iso(world: World, run: Run, command: str) -> None:
    case_id, iso = world.at(_S.PAID), re.compile(r"20\d\d-\d\d-\d\d")
    reference = world.case(case_id).reference
    order = world.order(case_id)
    world.gateway.next_refund_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    left = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=None, believed_left=left, reason="in error", actor="sara")
    approve_refund(world.ports, key, actor="omar")
    send_refund(world.ports, key, actor="settle")
    said(run("hold", reference, "--reason", "asked for", "--as", "sara"))
    words = command.replace("REF", reference).split()
    assert iso.findall(said(run(*words))) == []
    assert iso.search(said(run(*words, "--json")))


@pytest.mark.parametrize(
    ("words", "missing"),
    [
        ("hold", ("'reference'", "'--reason'", "'--as'")),
        ("hold RN-2222-2222", ("'--reason'", "'--as'")),
        ("payments refunds request RN-2222-2222", ("'--as'", "'--believed-left'", "'--reason'")),
    ],
)
def test_all_that_is_missing_is_said_at_once(run: Run, words: str, missing: tuple[str, ...]) -> None:
    assert f"Missing: {', '.join(missing)}." in " ".join(refused(run(*words.split())).replace("│", " ").split())


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("release RN-2222-2222", "Give it as --reference RN-2222-2222."),
        ("release rn-2222-2222 --limit 3", "Give it as --reference RN-2222-2222."),
        ("queue RN-2222-2222", "No reference is expected here, and RN-2222-2222 was given"),
    ],
)
def test_reference_where_none_is_expected_is_told_how_it_is_given(run: Run, words: str, hint: str) -> None:
    assert hint in " ".join(refused(run(*words.split())).replace("│", " ").split())

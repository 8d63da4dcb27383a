"""What staff meet at the command line: whole numbers, sentences instead of nothing, and errors that say what to do."""

import json
from io import StringIO
from uuid import UUID

import pytest
from rich.console import Console

from infra.commands.tables import print_refunds, print_story
from infra.payments.payees import payee_totals
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from infra.terminal import progress
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerEntry
from models.payments.refund import Refund
from models.receipt import Receipt
from tests.at_the_terminal import Run, refused, said
from tests.settlement import File
from tests.world import World

_S = CaseStatus


@pytest.fixture
def paid(world: World) -> UUID:
    return world.at(_S.COMPLETED)


def refund(world: World, case_id: UUID, amount: Money | None = None) -> Refund:
    """Asked for, approved and sent."""
    order = world.order(case_id)
    left = Money(order.amount_fils)
    key = request_refund(
        world.ports, order.id, amount=amount, believed_left=left, reason="granted in error", actor="sara"
    )
    approve_refund(world.ports, key, actor="omar")
    send_refund(world.ports, key, actor="settle")
    return world.get(Refund, key)


def terminal(*, width: int) -> tuple[Console, StringIO]:
    screen = StringIO()
    return Console(file=screen, width=width, force_terminal=True, color_system=None), screen


def test_claim_says_where_to_pay_what_nobody_tried_to_pay(world: World, run: Run) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    output = said(run("payments", "claim", f"I paid for {world.case(case_id).reference} on Monday"))
    assert "not_paid_yet" in output
    assert f"/pay/{world.order(case_id).id}" in output


@pytest.mark.parametrize("length", [8, 13, 20, 36])
def test_beginning_of_an_id_does(world: World, run: Run, paid: UUID, length: int) -> None:
    order = str(world.order(paid).id)[:length]
    assert world.case(paid).reference in said(run("payments", "show", order))
    key = str(
        request_refund(
            world.ports,
            world.order(paid).id,
            amount=None,
            believed_left=Money(world.order(paid).amount_fils),
            reason="granted in error",
            actor="sara",
        )
    )[:length]
    assert world.case(paid).reference in said(run("payments", "show", key))
    said(run("payments", "refunds", "approve", key, "--as", "omar"))
    assert [each.approved_by for each in world.rows(Refund)] == ["omar"]


def test_beginning_of_two_ids_is_refused_with_both(world: World, run: Run, paid: UUID) -> None:
    one, other = "abcdef12-0000-4000-8000-000000000001", "abcdef12-0000-4000-8000-000000000002"
    attempt = world.attempts(paid)[0]
    for key in (one, other):
        world.sql(
            "insert into review_item (id, created_at, kind, subject, note, order_id)"
            " values (:key, now(), 'contradiction', :subject, '', :order)",
            key=key,
            subject=key,
            order=attempt.order_id,
        )
    output = refused(run("payments", "close", "ABCDEF12", "--as", "sara", "--reason", "seen to"))
    assert one in output
    assert other in output
    said(run("payments", "close", one, "--as", "sara", "--reason", "seen to"))


def test_no_question_of_that_beginning_is_said(run: Run) -> None:
    assert "there is no question abcdef12" in refused(
        run("payments", "close", "abcdef12", "--as", "s", "--reason", "x")
    )
    assert "8 characters" in refused(run("payments", "close", "abc", "--as", "s", "--reason", "x"))


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_no_id_is_cut_however_narrow_the_terminal_is(world: World, run: Run, paid: UUID, width: int) -> None:
    made = refund(world, paid)
    [tale] = json.loads(said(run("payments", "show", world.case(paid).reference, "--json")))
    listed = json.loads(said(run("payments", "refunds", "list", "--state", "succeeded", "--json")))
    console, screen = terminal(width=width)
    print_story(console, tale)
    print_refunds(console, listed)
    printed = screen.getvalue()
    assert printed.count(f"│ {made.id} │") == 1
    assert f"refund {made.id} │" in printed
    assert f"│ {listed[0]['trackid']} │" in printed
    assert "…" not in printed.replace(world.case(paid).reference, "")


def test_row_of_what_is_piped_is_one_line(world: World, run: Run, paid: UUID) -> None:
    made = refund(world, paid)
    [row] = [
        line for line in said(run("payments", "refunds", "list", "--state", "succeeded")).splitlines() if "│" in line
    ]
    for cell in (str(made.id), "succeeded", "sara", "omar", "granted in error"):
        assert cell in row


def test_what_is_piped_has_no_bar_in_it() -> None:
    screen = StringIO()
    with progress(Console(file=screen)) as shown:
        shown.advance(shown.add_task("Reprocessing", total=1))
    assert screen.getvalue() == ""


def test_empty_list_is_a_sentence(world: World, run: Run) -> None:
    assert said(run("payments", "refunds", "list")) == "No refund is under way.\n"
    assert said(run("payments", "refunds", "list", "--state", "unknown")) == "No refund is unknown.\n"
    assert "there is nothing to reprocess" in said(run("payments", "reprocess", "--all"))
    statement = said(run("ledger", "statement", world.today))
    assert "Nothing was paid" in statement
    assert "Nothing is in suspense" in statement


def test_status_shows_what_was_refunded_and_that_the_receipt_does_not_stand(world: World, run: Run, paid: UUID) -> None:
    reference = world.case(paid).reference
    before = said(run("status", reference))
    made = refund(world, paid)
    [receipt] = world.rows(Receipt)
    output = said(run("status", reference))
    assert "Refunded" not in before
    assert f"Refunded KD {Money(made.amount_fils)}" in output
    assert f"Refund {made.id}  succeeded" in output
    assert f"Receipt {receipt.number} was revoked on {world.ports.now():%d/%m/%Y}" in output
    assert ".pdf" not in output
    report = json.loads(said(run("status", reference, "--json")))
    assert report["payment"]["refunded_fils"] == made.amount_fils
    assert report["receipt_revoked"]["because"] == "the payment was refunded"


def test_statement_shows_what_was_returned_and_what_is_left_for_each_payee(world: World, run: Run, paid: UUID) -> None:
    other = world.at(_S.PAID)
    refund(world, paid)
    kept = world.order(other).amount_fils
    day = json.loads(said(run("ledger", "statement", "--json")))
    assert all(each["net_fils"] == each["fils"] - each["returned_fils"] for each in day["payees"])
    assert sum(each["net_fils"] for each in day["payees"]) == kept
    assert sum(each["returned_fils"] for each in day["payees"]) == world.order(paid).amount_fils
    output = said(run("ledger", "statement"))
    assert "returned" in output
    assert str(Money(kept)) in output


def test_part_that_went_back_is_nobodys_alone(world: World, paid: UUID) -> None:
    refund(world, paid, Money(1000))
    with world.session() as session:
        *payees, part = payee_totals(session, world.rows(LedgerEntry))
    assert (part.fils, part.returned, part.net) == (0, 1000, -1000)
    assert "in part" in part.payee_en
    assert all(each.returned == 0 for each in payees)


def test_profile_that_is_not_named_or_not_known_lists_those_there_are(run: Run, world: World, tmp_path: object) -> None:
    file = f"{tmp_path}/bank.csv"
    with open(file, "wb") as opened:  # noqa: PTH123
        opened.write(File().sale(world.pay(world.at(_S.AWAITING_PAYMENT))).data)
    for words in ((), ("--profile", "none")):
        assert "sandbox_knet, sandbox_knet_mmdd" in refused(run("payments", "reconcile", file, *words))


@pytest.mark.parametrize(
    ("words", "remedy"),
    [
        (("payments", "show", "NOSUCHPAYMENT"), "the bank's payment ID"),
        (("payments", "pause", "nope", "--as", "sara", "--reason", "x"), "there are: knet"),
        (("ledger", "statement", "--gateway", "nope"), "there are: knet"),
    ],
)
def test_error_says_what_there_is(run: Run, words: tuple[str, ...], remedy: str) -> None:
    assert remedy in refused(run(*words))


def test_case_that_has_nothing_to_pay_yet_is_not_an_unknown_payment(world: World, run: Run) -> None:
    reference = world.case(world.submitted()[0]).reference
    assert f"status {reference}" in refused(run("payments", "show", reference))


def test_paid_case_that_cannot_be_cancelled_says_how_its_money_goes_back(world: World, run: Run, paid: UUID) -> None:
    reference = world.case(paid).reference
    output = refused(run("cancel", reference, "--reason", "a mistake"))
    assert f"payments refunds request {reference}" in output


def test_case_under_way_at_the_bank_says_where_to_look(world: World, run: Run) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.start(case_id)
    assert "payments show" in refused(run("cancel", world.case(case_id).reference, "--reason", "a mistake"))


def test_case_that_is_cancelled_is_said_to_be_so(world: World, run: Run) -> None:
    reference = world.case(world.submitted()[0]).reference
    said(run("cancel", reference, "--reason", "a mistake"))
    assert f"{reference} cannot be cancelled: it is cancelled" in refused(run("cancel", reference, "--reason", "again"))


@pytest.mark.parametrize(("given", "meant"), [("12", "12.000"), ("12.5", "12.500"), ("12.", "12.000")])
def test_amount_without_fils_is_shown_as_it_is_written(world: World, run: Run, given: str, meant: str) -> None:
    reference = world.case(world.at(_S.PAID)).reference
    words = ("--as", "sara", "--reason", "x", "--believed-left", given)
    assert f"write {meant}" in refused(run("payments", "refunds", "request", reference, *words))


def test_refund_of_what_was_never_paid_says_so(world: World, run: Run) -> None:
    reference = world.case(world.at(_S.AWAITING_PAYMENT)).reference
    words = ("--as", "sara", "--reason", "x", "--believed-left", "1.000")
    assert "never paid" in refused(run("payments", "refunds", "request", reference, *words))
    surplus = refused(run("payments", "refunds", "request", reference, *words, "--surplus"))
    assert "no money came beside" in surplus


def test_second_person_may_give_the_beginning_of_a_resolution_and_of_a_refund(world: World, run: Run) -> None:
    case_id = world.at(_S.PAID)
    world.gateway.next_refund_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    made = refund(world, case_id)
    how = ("--verdict", "refund_executed", "--reason", "seen", "--evidence", "portal", "--as", "sara")
    asked = said(run("payments", "resolve", str(made.id)[:8], *how)).splitlines()[0]
    assert "succeeded" in said(run("payments", "approve-resolution", asked[:8], "--as", "omar"))


def test_status_says_that_a_payment_is_being_confirmed_and_not_to_pay_again(world: World, run: Run) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    reference = world.case(case_id).reference
    attempt = world.start(case_id)
    assert "Pay at" in said(run("status", reference))
    world.gateway.captures(attempt.trackid)
    assert world.settle(attempt) is AttemptState.CAPTURED_UNCONFIRMED
    output = said(run("status", reference))
    assert "The bank took the money and we are confirming it" in output
    assert "خصم البنك المبلغ ونحن نؤكد العملية" in output
    assert "Pay at" not in output

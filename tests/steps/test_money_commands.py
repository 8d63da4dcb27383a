"""The command line of payments, refunds and the ledger: what it prints, what it refuses, and with which exit code."""

import json
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from typer.testing import CliRunner

from infra.errors import PermanentError
from infra.payments.due import settle_due
from manage import app
from models.batch import Batch
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.gateway_pause import GatewayPause
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderLine
from models.payments.refund import Refund
from models.payments.resolution import Resolution
from models.payments.review import ReviewItem
from models.payments.settlement_file import SettlementFile
from tests.at_the_terminal import Run, refused, said
from tests.settlement import File
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def doubtful(world: World, case_id: UUID) -> PaymentAttempt:
    """Unknown to us, taken by the bank."""
    attempt = world.start(case_id)
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    world.settle(attempt)
    world.paid_at_the_bank(attempt)
    return attempt


def test_reprocess_shows_a_preview_and_does_nothing_unless_told(
    world: World, run: Run, case_id: UUID, doubtful: PaymentAttempt
) -> None:
    output = said(run("payments", "reprocess", world.case(case_id).reference))
    assert doubtful.trackid in output
    assert "Nothing was done" in output
    assert world.rows(LedgerEntry) == []


def test_reprocess_asks_before_it_does_and_then_says_what_it_did(
    world: World, run: Run, case_id: UUID, doubtful: PaymentAttempt
) -> None:
    assert doubtful
    assert run("payments", "reprocess", "--all", "--do", answer="n\n").exit_code == 0
    assert world.rows(LedgerEntry) == []
    output = said(run("payments", "reprocess", "--all", "--do", answer="y\n"))
    assert "1 case(s) reprocessed: 1 went on, 0 failed" in output
    assert world.status(case_id) is _S.PAID


def test_reprocess_counts_a_case_that_stands_still_and_tells_what_the_bank_said(
    world: World, run: Run, case_id: UUID, doubtful: PaymentAttempt
) -> None:
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    output = said(run("payments", "reprocess", world.case(case_id).reference, "--do", "--yes"))
    assert "1 case(s) reprocessed: 0 went on, 0 failed, 1 stood still; 0 left alone." in output
    assert f"{doubtful.trackid}: host_timeout; it is unknown" in output


def test_reprocess_says_that_a_reference_is_a_batch(world: World, run: Run) -> None:
    world.submitted(world.company(world.person()))
    [batch] = world.rows(Batch)
    output = said(run("payments", "reprocess", batch.reference))
    assert "This is the reference of a company's batch" in output


def test_reprocess_without_any_selection_says_what_to_name(run: Run) -> None:
    assert "name cases" in refused(run("payments", "reprocess"))


def test_show_says_what_is_left_to_return_of_the_order_and_of_each_share(world: World, run: Run) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release()
    for each in cases:
        world.run(each)
    assert "Left to return" not in said(run("payments", "show", world.order(cases[0]).id))
    world.pay(cases[0])
    output = said(run("payments", "show", world.case(cases[1]).reference))
    assert f"Left to return KD {Money(world.order(cases[0]).amount_fils)}, of RN-" in output
    [line] = world.rows(OrderLine, case_id=cases[1])
    assert f"of {world.case(cases[1]).reference} KD {Money(line.amount_fils)}" in output


def test_show_tells_the_story_as_table_and_as_json(world: World, run: Run) -> None:
    case_id = world.at(_S.COMPLETED)
    reference = world.case(case_id).reference
    assert "inquiry: captured" in said(run("payments", "show", reference)).replace("\n", " ")
    [tale] = json.loads(said(run("payments", "show", world.attempts(case_id)[0].trackid, "--json")))
    assert tale["cases"] == [reference]
    assert "there is no payment" in refused(run("payments", "show", "RN-2222-2222"))


def test_two_persons_resolve_what_the_bank_does_not_say(
    world: World, run: Run, case_id: UUID, doubtful: PaymentAttempt
) -> None:
    world.gateway.charges.clear()
    world.gateway.refusals[doubtful.trackid] = _O.HOST_TIMEOUT
    for _ in range(12):
        world.clock.advance(days=2)
        settle_due(world.ports)
    listed = said(run("payments", "work"))
    assert doubtful.trackid in listed
    assert "ابحث عن العملية" in listed
    [item] = json.loads(said(run("payments", "work", "--json")))
    assert "two persons" in refused(run("payments", "close", item["item"], "--as", "sara", "--reason", "done"))
    how = ("--verdict", "captured", "--reason", "seen", "--evidence", "portal, 23 November")
    said(run("payments", "resolve", doubtful.trackid, "--as", "sara", *how))
    [resolution] = world.rows(Resolution)
    assert f"approve-resolution {resolution.id}" in said(run("payments", "work"))
    assert "another person" in refused(run("payments", "approve-resolution", resolution.id, "--as", "sara"))
    assert "captured" in said(run("payments", "approve-resolution", resolution.id, "--as", "omar"))
    assert world.status(case_id) is _S.PAID
    assert "0 open" in said(run("payments", "work"))


def test_question_that_staff_may_close_is_closed(world: World, run: Run, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    world.settle(attempt)
    [item] = world.rows(ReviewItem)
    close = ("payments", "close", item.id, "--as", "sara", "--reason", "refunded, the payer was told")
    assert "is approved" in refused(run(*close))
    assert world.status(case_id) is _S.PAYMENT_REVIEW
    world.clock.advance(seconds=61)
    world.settle_all()
    said(run(*close))
    assert world.status(case_id) is _S.AWAITING_PAYMENT


def test_resolution_can_be_withdrawn(world: World, run: Run, doubtful: PaymentAttempt) -> None:
    how = ("--verdict", "declined", "--reason", "seen", "--evidence", "portal")
    said(run("payments", "resolve", doubtful.trackid, "--as", "sara", *how))
    [resolution] = world.rows(Resolution)
    said(run("payments", "withdraw-resolution", resolution.id))
    assert "over" in refused(run("payments", "approve-resolution", resolution.id, "--as", "omar"))


def test_refund_takes_two_persons_and_the_amount_that_is_left(world: World, run: Run) -> None:
    case_id = world.at(_S.PAID)
    reference, left = world.case(case_id).reference, Money(world.order(case_id).amount_fils)
    ask = ("payments", "refunds", "request", reference, "--as", "sara", "--reason", "granted in error")
    assert f"{left} is left" in refused(run(*ask, "--believed-left", "1.000"))
    assert "three decimals" in refused(run(*ask, "--believed-left", "1"))
    said(run(*ask, "--believed-left", left, "--amount", "1.000"))
    [refund] = world.rows(Refund)
    assert "another person" in refused(run("payments", "refunds", "approve", refund.id, "--as", "sara"))
    assert str(refund.id)[:8] in said(run("payments", "refunds", "list"))
    said(run("payments", "refunds", "approve", refund.id, "--as", "omar"))
    assert "1 refund(s)" in said(run("payments", "settle"))
    [sent] = json.loads(said(run("payments", "refunds", "list", "--state", "succeeded", "--json")))
    assert (sent["amount"], sent["approved_by"]) == ("1.000", "omar")


def test_refund_that_is_refused_is_not_sent(world: World, run: Run) -> None:
    case_id = world.at(_S.PAID)
    left, reference = Money(world.order(case_id).amount_fils), world.case(case_id).reference
    words = ("--believed-left", left, "--reason", "asked by the payer", "--as", "sara")
    said(run("payments", "refunds", "request", reference, *words))
    [refund] = world.rows(Refund)
    assert refund.amount_fils == left.fils
    said(run("payments", "refunds", "refuse", refund.id, "--as", "omar", "--reason", "the renewal stands"))
    said(run("payments", "settle"))
    assert world.gateway.refund_requests == []


def test_case_that_is_refused_for_good_is_cancelled_by_name(world: World, run: Run) -> None:
    case_id = world.at(_S.PAID)
    world.registries.trouble = PermanentError("no")
    world.run(case_id)
    said(run("cancel", world.case(case_id).reference, "--reason", "refused for good", "--as", "sara"))
    assert [each.requested_by for each in world.rows(Refund)] == ["sara"]


def test_gateway_is_paused_and_resumed(world: World, run: Run) -> None:
    said(run("payments", "pause", "knet", "--as", "sara", "--reason", "the bank asked for it"))
    assert "already" in said(run("payments", "pause", "knet", "--as", "omar", "--reason", "again"))
    assert "--reason" in refused(run("payments", "resume", "knet", "--as", "omar"))
    said(run("payments", "resume", "knet", "--as", "omar", "--reason", "the bank is back"))
    [paused] = world.rows(GatewayPause)
    assert (paused.paused_by, paused.lifted_by, paused.lifted_because) == ("sara", "omar", "the bank is back")
    assert "payment gateway" in refused(run("payments", "pause", "cash", "--as", "sara", "--reason", "x"))


def test_export_that_is_refused_leaves_no_file(world: World, run: Run, tmp_path: Path) -> None:
    file, today = tmp_path / "ledger.csv", str(world.today)
    before = str(world.today - timedelta(days=1))
    assert "--to: must not be before" in refused(
        run("ledger", "export", "--from", today, "--to", before, "--file", file)
    )
    assert not file.exists()
    said(run("ledger", "export", "--from", before, "--to", today, "--file", file))
    assert "name a new file" in refused(run("ledger", "export", "--from", before, "--to", today, "--file", file))
    assert file.exists()


def test_ledger_balances_tells_the_day_and_is_exported_once(world: World, run: Run, tmp_path: Path) -> None:
    case_id = world.at(_S.PAID)
    amount = world.order(case_id).amount_fils
    balance = json.loads(said(run("ledger", "balance", "--json")))
    assert balance["gateway"]["balance_fils"] == -balance["orders"]["balance_fils"] == amount
    assert str(Money(amount)) in said(run("ledger", "balance", "--on", world.today))
    day = json.loads(said(run("ledger", "statement", "--gateway", "knet", "--json")))
    assert (day["closing_fils"], sum(each["fils"] for each in day["payees"])) == (amount, amount)
    printed = said(run("ledger", "statement", world.today))
    assert str(Money(amount)) in printed
    assert all(each in printed for each in ("fees that it kept back", "fees that the bank took apart"))
    assert "has not come yet" in refused(run("ledger", "statement", world.today + timedelta(days=1)))
    file = tmp_path / "ledger.csv"
    export = ("ledger", "export", "--from", world.today, "--to", world.today, "--file", file)
    assert "1 entries" in said(run(*export))
    assert file.read_bytes().startswith(b"\xef\xbb\xbfentry,booked_on,")
    assert "new file" in refused(run(*export))


@pytest.mark.parametrize(
    "words",
    [
        ("ledger", "statement", "23/11/2026"),
        ("ledger", "balance", "--on", "yesterday"),
        ("ledger", "statement", "--gateway", "cash"),
        ("payments", "refunds", "approve", "no-id", "--as", "omar"),
        ("payments", "reconcile", "no-such-file.csv", "--profile", "none"),
    ],
)
def test_bad_input_is_a_sentence(run: Run, words: tuple[str, ...]) -> None:
    assert refused(run(*words)).strip()


def commands(prefix: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    import typer.main  # noqa: PLC0415

    group = typer.main.get_command(app)
    for word in prefix:
        group = group.commands[word]  # type: ignore[attr-defined]
    inside = getattr(group, "commands", None)
    return [prefix] if inside is None else [found for word in inside for found in commands((*prefix, word))]


MONEY = [each for each in commands() if each[0] in {"payments", "ledger"}]


@pytest.mark.parametrize("words", MONEY, ids=" ".join)
def test_every_command_explains_itself(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"])
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_settlement_file_is_taken_in_and_reported(world: World, run: Run, tmp_path: Path) -> None:
    attempt = world.pay(world.at(_S.AWAITING_PAYMENT))
    file = tmp_path / "bank.csv"
    file.write_bytes(File().sale(attempt).data)
    words = ("payments", "reconcile", file, "--profile", "sandbox_knet", "--as", "sara")
    assert "matched" in said(run(*words))
    said(run(*words))
    assert [each.imported_by for each in world.rows(SettlementFile)] == ["sara"]
    assert "Error" in refused(run("payments", "reconcile", file, "--profile", "none"))


def test_settlement_file_that_somebody_has_to_look_into_ends_with_1(world: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "bank.csv"
    file.write_bytes(File().sale(world.pay(world.at(_S.AWAITING_PAYMENT)), amount=1000).data)
    assert run("payments", "reconcile", file, "--profile", "sandbox_knet", "--as", "sara").exit_code == 1

"""What is not known stays not known until the bank says more: late results, lost answers, other sums."""

import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from infra.gateway import Acknowledgement
from infra.payments.starting import PaymentInProgressError, start_payment
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.checks import CHECKS
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.ledger import LedgerAccount
from models.payments.order import OrderStatus
from models.payments.refund import RefundState
from models.payments.review import ReviewItem, ReviewKind
from tests.money_world import MoneyWorld, money_world

_A = AttemptState
_TEN_MINUTES = 600


def test_s06_host_timeout_that_was_not_captured_is_unknown_and_then_declined(money: MoneyWorld) -> None:
    case_id = money.payable()
    late = {"result": "NOT CAPTURED", "after_seconds": _TEN_MINUTES}
    money.pay(case_id, result="HOST TIMEOUT", becomes=late)
    money.pass_time(minutes=3)
    assert money.attempt(case_id).state is _A.UNKNOWN
    with pytest.raises(PaymentInProgressError):
        start_payment(money.ports, money.order(case_id).id, now=money.clock())
    pressed = money.press(case_id)
    assert pressed.status_code == httpx.codes.CONFLICT
    assert "still being verified" in pressed.text
    assert len(money.cases.attempts(case_id)) == 1
    money.pass_time(hours=1)
    assert money.attempt(case_id).state is _A.DECLINED
    assert money.order(case_id).status is OrderStatus.OPEN
    assert money.entries(case_id) == []
    money.pay(case_id)
    assert money.finish(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s07_host_timeout_that_was_captured_is_unknown_and_then_pays_the_order(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.pay(case_id, result="HOST TIMEOUT", becomes={"result": "CAPTURED", "after_seconds": _TEN_MINUTES})
    money.pass_time(minutes=3)
    assert money.attempt(case_id).state is _A.UNKNOWN
    assert money.receipts(case_id) == []
    money.pass_time(hours=1)
    assert money.attempt(case_id).state is _A.CAPTURED
    assert money.cases.run(case_id) is CaseStatus.COMPLETED
    assert len(money.receipts(case_id)) == 1
    money.assert_books_agree()


def test_s07_a_payer_who_watches_the_page_does_not_use_the_schedule_of_checks_up(money: MoneyWorld) -> None:
    case_id = money.payable()
    late = {"result": "CAPTURED", "after_seconds": _TEN_MINUTES}
    attempt = money.pay(case_id, result="HOST TIMEOUT", becomes=late)
    for _ in range(12):
        httpx.get(f"{money.url}/pay/return/{attempt.return_token}").raise_for_status()
        money.pass_time(seconds=11)
    assert len(money.evidence(attempt)) > len(CHECKS)
    assert money.questions() == {}
    assert money.order(case_id).status is OrderStatus.IN_PROGRESS
    money.pass_time(minutes=30)
    assert money.cases.run(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s07_one_that_never_tells_is_never_taken_for_failed_and_comes_to_staff(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.pay(case_id, result="HOST TIMEOUT", becomes={"result": "SUSPECTED"})
    money.pass_time(days=30)
    assert money.attempt(case_id).state is _A.UNKNOWN
    assert money.order(case_id).status is OrderStatus.REVIEW
    assert money.cases.status(case_id) is CaseStatus.PAYMENT_REVIEW
    assert money.questions() == {ReviewKind.UNKNOWN_OUTCOME: 1}


def test_s09_a_capture_whose_callback_was_lost_is_found_by_asking(business_engine: Engine, tmp_path: Path) -> None:
    with money_world(business_engine, tmp_path, delivery="legacy") as money:
        case_id = money.payable()
        money.pay(case_id, notify={"times": 0})
        assert {each.kind for each in money.evidence(money.attempt(case_id))} == set()
        assert money.finish(case_id) is CaseStatus.COMPLETED
        assert len(money.receipts(case_id)) == 1
        money.assert_books_agree()


def test_s09_of_a_legacy_terminal_the_payers_own_browser_brings_the_result(
    business_engine: Engine, tmp_path: Path
) -> None:
    with money_world(business_engine, tmp_path, delivery="legacy") as money:
        case_id = money.payable()
        money.pay(case_id)
        assert money.attempt(case_id).state is _A.VERIFYING
        assert money.finish(case_id) is CaseStatus.COMPLETED
        money.assert_books_agree()


def test_s10_a_capture_whose_acknowledgement_was_lost_is_held_and_then_voided(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, notify={"hold": True}, ack="cut")
    money.pass_time(seconds=31)
    assert money.attempt(case_id).state is _A.CAPTURED_UNCONFIRMED
    money.sandbox.control(f"deliver/{attempt.trackid}")
    assert money.oracle(attempt)["voided"]
    money.pass_time(minutes=5)
    assert money.attempt(case_id).state is _A.VOIDED
    assert money.cases.run(case_id) is CaseStatus.AWAITING_PAYMENT
    assert (money.receipts(case_id), money.entries(case_id)) == ([], [])
    page = httpx.get(f"{money.url}/pay/return/{attempt.return_token}").text
    assert "The bank took this money and gave it back" in page
    money.pay(case_id)
    assert money.finish(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s10_a_capture_that_is_taken_back_after_its_receipt_stops_the_case_and_revokes_it(money: MoneyWorld) -> None:
    """The notice comes so late that the capture was long booked by asking; then our answer to it is lost."""
    case_id = money.payable()
    attempt = money.pay(case_id, notify={"hold": True}, ack="cut")
    money.pass_time(minutes=5)
    assert money.cases.run(case_id) is CaseStatus.COMPLETED
    money.sandbox.control(f"deliver/{attempt.trackid}")
    assert money.oracle(attempt)["voided"]
    money.pass_time(minutes=5)
    assert money.attempt(case_id).state is _A.VOIDED
    assert money.order(case_id).status is OrderStatus.REVIEW
    assert money.questions() == {ReviewKind.REVERSED: 1}
    [receipt] = money.receipts(case_id)
    assert receipt.revoked_at is not None
    money.assert_books_agree()


@pytest.mark.parametrize("answer", ["a byte more", "a page", "a redirect", "too late"])
def test_s11_a_capture_that_is_acknowledged_wrongly_is_voided_and_raises_the_alarm(
    business_engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    with money_world(business_engine, tmp_path, notification_timeout_seconds=0.5) as money:
        gateway = money.ports.gateway
        right = gateway.acknowledge

        def wrong(return_url: str) -> Acknowledgement:
            time.sleep(1 if answer == "too late" else 0)
            page = Acknowledgement(status=200, body=b"<html>REDIRECT=" + return_url.encode())
            return {
                "a byte more": replace(right(return_url), body=right(return_url).body + b"\n"),
                "a page": page,
                "a redirect": Acknowledgement(status=302, headers={"Location": return_url}),
            }.get(answer, right(return_url))

        monkeypatch.setattr(gateway, "acknowledge", wrong)
        case_id = money.payable()
        money.pay(case_id)
        with capture_logs() as logs:
            money.pass_time(minutes=5)
        assert money.oracle(money.attempt(case_id))["voided"]
        assert money.attempt(case_id).state is _A.VOIDED
        assert [each["log_level"] for each in logs if each["event"] == "acknowledgement_not_read"] == ["error"]
        assert (money.receipts(case_id), money.entries(case_id)) == ([], [])
        monkeypatch.undo()
        money.pay(case_id)
        assert money.finish(case_id) is CaseStatus.COMPLETED
        money.assert_books_agree()


def test_s12_answers_that_are_lost_cut_or_pages_change_nothing_and_are_asked_for_again(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, notify={"hold": True}, inquiry=["drop", "truncate", "html"])
    money.pass_time(seconds=31 + 121 + 301)
    assert [each.outcome for each in money.evidence(attempt)] == [EvidenceOutcome.TRANSPORT_ERROR] * 3
    assert money.attempt(case_id).state is _A.REDIRECTED
    assert money.attempt(case_id).version == attempt.version
    money.sandbox.control(f"deliver/{attempt.trackid}")
    assert money.finish(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


@pytest.mark.parametrize("off", [-1, 1, -9000])
def test_s19_another_sum_even_by_one_fil_goes_back_in_full_and_to_staff(money: MoneyWorld, off: int) -> None:
    case_id = money.payable()
    taken = Money(money.order(case_id).amount_fils + off)
    money.pay(case_id, captured_amount=str(taken))
    money.pass_time(minutes=2)
    assert money.attempt(case_id).state is _A.MISMATCH
    assert money.order(case_id).status is OrderStatus.REVIEW
    assert money.questions() == {ReviewKind.MISMATCH: 1}
    assert money.cases.run(case_id) is CaseStatus.PAYMENT_REVIEW
    money.pass_time(minutes=5)
    [refund] = money.refunds(case_id)
    assert (refund.amount_fils, refund.automatic, refund.state) == (taken.fils, True, RefundState.SUCCEEDED)
    assert LedgerAccount.ORDERS not in {side for each in money.entries(case_id) for side in (each.debit, each.credit)}
    assert money.receipts(case_id) == []
    money.assert_books_agree()


def test_s19_a_capture_told_under_another_track_id_goes_back(business_engine: Engine, tmp_path: Path) -> None:
    with money_world(business_engine, tmp_path, delivery="legacy") as money:
        case_id = money.payable()
        attempt = money.pay(case_id, reported_trackid="SOMEBODYELSE1", notify={"times": 0})
        money.pass_time(minutes=2)
        assert money.attempt(case_id).state is _A.MISMATCH
        money.pass_time(hours=1)
        assert money.oracle(attempt)["refunded"] == str(Money(money.order(case_id).amount_fils))
        assert money.order(case_id).status is OrderStatus.REVIEW
        assert money.receipts(case_id) == []
        money.assert_books_agree()


def test_s19_a_notice_of_a_track_id_that_is_nobodys_is_not_acknowledged_and_comes_to_staff(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, reported_trackid="SOMEBODYELSE1")
    assert money.oracle(attempt)["voided"]
    money.pass_time(days=3)
    assert money.attempt(case_id).state is _A.REDIRECTED
    assert money.questions() == {ReviewKind.UNKNOWN_OUTCOME: 1}
    assert money.order(case_id).status is OrderStatus.REVIEW
    money.assert_books_agree()


def test_s22_a_maintenance_page_is_no_answer(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, result="HOST TIMEOUT", inquiry=["maintenance", "maintenance"])
    money.pass_time(seconds=45)
    asked = [each.outcome for each in money.evidence(attempt) if each.kind is EvidenceKind.INQUIRY]
    assert asked == [EvidenceOutcome.TRANSPORT_ERROR] * 2
    assert money.attempt(case_id).state is _A.VERIFYING
    assert money.cases.rows(ReviewItem) == []

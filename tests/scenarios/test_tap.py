"""S28: Tap's own ways, over its sandbox: webhooks that fail, charges that nobody tells of, replays, reversals."""

import httpx
import pytest

from infra.payments.starting import PaymentInProgressError, start_payment
from infra.sandbox.payer import Behaviour
from models.case import CaseStatus
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceKind, GatewayEvidence
from models.payments.order import OrderStatus
from tests.money_bank import open_bank_page
from tests.money_world import MoneyWorld

_A = AttemptState


def callbacks(money: MoneyWorld) -> list[GatewayEvidence]:
    return money.cases.rows(GatewayEvidence, kind=EvidenceKind.CALLBACK)


def test_s28_an_approved_charge_gives_one_receipt(tap: MoneyWorld) -> None:
    """An amount in whole dinars travels as `120` and is signed as `120.000`."""
    case_id = tap.payable()
    assert tap.order(case_id).amount_fils % 1000 == 0
    tap.pay(case_id)
    [webhook] = callbacks(tap)
    assert webhook.fields["amount"] == str(tap.order(case_id).amount_fils // 1000)
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert len(tap.receipts(case_id)) == 1
    tap.assert_books_agree()


def test_s28_a_webhook_with_a_bad_hash_is_refused_and_the_charge_found_by_asking(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    attempt = tap.pay(case_id, webhook={"bad_hash": True})
    assert not tap.oracle(attempt)["acknowledged"]
    assert {each.attempt_id for each in callbacks(tap)} <= {None}
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    tap.assert_books_agree()


def test_s28_a_charge_whose_three_webhooks_were_lost_is_found_by_asking(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    attempt = tap.pay(case_id, webhook={"lost": 3})
    assert (tap.oracle(attempt)["deliveries"], callbacks(tap)) == (3, [])
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    tap.assert_books_agree()


def test_s28_a_page_that_was_left_is_given_up_though_no_webhook_tells(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.open_bank_page(case_id)
    tap.pass_time(hours=2)
    assert tap.attempt(case_id).state is _A.ABANDONED
    assert callbacks(tap) == []
    tap.pay(case_id)
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    tap.assert_books_agree()


@pytest.mark.parametrize("executed", [True, False])
def test_s28_an_answer_lost_on_the_way_is_asked_for_again_and_is_one_charge(tap: MoneyWorld, *, executed: bool) -> None:
    case_id = tap.payable()
    tap.script(create=[{"answer": "drop", "executed": executed}])
    key = tap.page_key(case_id)
    assert tap.press(case_id, key=key).status_code == httpx.codes.CONFLICT
    open_bank_page(tap.press(case_id, key=key).headers["Location"]).press()
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    ledger = httpx.get(f"{tap.sandbox.url}/__sandbox__/ledger").json()
    assert len(ledger) == len(tap.cases.attempts(case_id)) == 1
    tap.assert_books_agree()


def test_s28_after_the_time_of_its_key_an_attempt_is_never_sent_again(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.script(create=[{"answer": "drop"}])
    tap.press(case_id)
    first = tap.attempt(case_id)
    tap.clock.advance(hours=25)
    with pytest.raises(PaymentInProgressError):
        start_payment(tap.ports, tap.order(case_id).id, now=tap.clock())
    tap.pass_time(hours=2)
    assert tap.attempt(case_id).state is _A.ABANDONED
    tap.pay(case_id)
    assert tap.attempt(case_id).trackid != first.trackid
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    tap.assert_books_agree()


def test_s28_a_capture_that_tap_reversed_by_itself_is_voided(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.pay(case_id, auto_reversed_after_seconds=0)
    tap.pass_time(minutes=2)
    assert tap.attempt(case_id).state is _A.VOIDED
    assert (tap.entries(case_id), tap.receipts(case_id)) == ([], [])
    assert tap.order(case_id).status is OrderStatus.OPEN
    tap.assert_books_agree()


@pytest.mark.parametrize("status", ["TIMEDOUT", "UNKNOWN"])
@pytest.mark.parametrize("later", ["CAPTURED", "DECLINED"])
def test_s28_a_charge_that_timed_out_is_unknown_until_tap_says_more(tap: MoneyWorld, status: str, later: str) -> None:
    case_id = tap.payable()
    tap.pay(case_id, ends_as=status, becomes={"status": later, "after_seconds": 600})
    tap.pass_time(minutes=3)
    assert tap.attempt(case_id).state is _A.UNKNOWN
    assert tap.press(case_id).status_code == httpx.codes.CONFLICT
    tap.pass_time(hours=1)
    assert tap.attempt(case_id).state is AttemptState(later.lower())
    tap.assert_books_agree()


def test_s28_a_payer_who_cancels_may_try_again(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.pay(case_id, Behaviour.CANCEL)
    tap.pass_time(minutes=2)
    assert tap.attempt(case_id).state is _A.CANCELLED
    tap.pay(case_id)
    assert tap.finish(case_id) is CaseStatus.COMPLETED


def test_s03_too_little_money_has_its_own_message_at_tap_too(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    attempt = tap.pay(case_id, ends_as="DECLINED", code="505")
    tap.pass_time(minutes=2)
    assert "not enough money" in httpx.get(f"{tap.url}/pay/return/{attempt.return_token}").text

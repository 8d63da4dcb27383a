"""A payment's ordinary ways: taken, declined, cancelled, left; over the real adapters, HTTP and the sandbox."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from sqlalchemy import Engine
from structlog.testing import capture_logs

from infra.payments.pauses import PaymentsPausedError
from infra.payments.starting import start_payment
from infra.sandbox.payer import Behaviour
from models.case import CaseStatus
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceKind
from models.payments.gateway_pause import GatewayPause
from models.payments.order import OrderStatus
from tests.money_bank import open_bank_page
from tests.money_world import MoneyWorld, money_world
from tests.racing import at_once

_A = AttemptState


def test_s01_an_approved_payment_is_captured_and_gives_one_receipt(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.pay(case_id)
    assert money.finish(case_id) is CaseStatus.COMPLETED
    assert money.attempt(case_id).state is _A.CAPTURED
    assert money.order(case_id).status is OrderStatus.PAID
    [receipt] = money.receipts(case_id)
    [entry] = money.entries(case_id)
    assert receipt.capture_entry_id == entry.id
    assert receipt.amount_fils == entry.amount_fils == money.order(case_id).amount_fils
    assert money.oracle(money.attempt(case_id))["acknowledged"]
    money.assert_books_agree()


@pytest.mark.parametrize("body", ["form", "form_plain_ids", "raw_hex"])
def test_s01_whatever_shape_the_notice_has(business_engine: Engine, tmp_path: Path, body: str) -> None:
    with money_world(business_engine, tmp_path, notification_body=body) as money:
        case_id = money.payable()
        money.pay(case_id)
        assert money.finish(case_id) is CaseStatus.COMPLETED
        assert money.oracle(money.attempt(case_id))["acknowledged"]
        money.assert_books_agree()


def test_s02_after_a_decline_the_payer_may_try_again_under_a_new_track_id(money: MoneyWorld) -> None:
    case_id = money.payable()
    first = money.pay(case_id, Behaviour.DECLINE, auth_resp_code="05")
    money.pass_time(minutes=2)
    assert money.attempt(case_id).state is _A.DECLINED
    assert money.order(case_id).status is OrderStatus.OPEN
    assert money.entries(case_id) == []
    second = money.pay(case_id)
    assert second.trackid != first.trackid
    assert money.finish(case_id) is CaseStatus.COMPLETED
    assert [each.state for each in money.cases.attempts(case_id)] == [_A.DECLINED, _A.CAPTURED]
    money.assert_books_agree()


def test_s03_too_little_money_on_the_card_is_a_decline_with_a_message_of_its_own(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, result="NOT CAPTURED", auth_resp_code="51")
    money.pass_time(minutes=2)
    assert money.attempt(case_id).state is _A.DECLINED
    page = httpx.get(f"{money.url}/pay/return/{attempt.return_token}").text
    assert "There is not enough money on the card" in page
    assert "رصيد البطاقة لا يكفي" in page
    other = money.pay(case_id, Behaviour.DECLINE)
    money.pass_time(minutes=2)
    assert "not enough money" not in httpx.get(f"{money.url}/pay/return/{other.return_token}").text
    money.assert_books_agree()


def test_s04_a_payer_who_cancels_is_believed_once_the_inquiry_says_so(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.pay(case_id, Behaviour.CANCEL)
    assert money.attempt(case_id).state is _A.VERIFYING
    money.pass_time(minutes=2)
    assert money.attempt(case_id).state is _A.CANCELLED
    assert money.oracle(money.attempt(case_id))["tranid"] == ""
    assert money.order(case_id).status is OrderStatus.OPEN
    assert money.entries(case_id) == []
    money.pay(case_id)
    assert money.finish(case_id) is CaseStatus.COMPLETED


def test_s05_a_page_that_was_left_is_given_up_after_its_time_and_takes_no_money_later(money: MoneyWorld) -> None:
    case_id = money.payable()
    page = money.open_bank_page(case_id)
    money.pass_time(minutes=44)
    assert money.attempt(case_id).state is _A.REDIRECTED
    money.pass_time(minutes=20)
    assert money.attempt(case_id).state is _A.ABANDONED
    assert money.order(case_id).status is OrderStatus.OPEN
    late = page.press()
    assert urlsplit(str(late.url)).path == urlsplit(money.pay_url(case_id)).path
    assert "IPAY0100042" in str(late.history[0].headers["Location"])
    money.pass_time(days=4)
    assert money.attempt(case_id).state is _A.ABANDONED
    assert money.entries(case_id) == []
    money.assert_books_agree()


def test_who_paid_without_our_hearing_is_told_not_to_pay_again_and_the_bank_is_asked(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, notify={"hold": True})
    assert attempt.state is _A.REDIRECTED
    page = httpx.get(money.pay_url(case_id)).text
    assert "If you have paid, do not pay again: we are asking the bank." in page
    assert 'id="pay"' not in page
    money.settle_all()
    assert money.attempt(case_id).state is _A.CAPTURED_UNCONFIRMED
    assert "still being verified" in httpx.get(money.pay_url(case_id)).text


def test_s05_an_order_that_nobody_pays_lapses_and_its_case_with_it(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.open_bank_page(case_id)
    money.pass_time(days=8)
    assert money.order(case_id).status is OrderStatus.EXPIRED
    assert money.cases.status(case_id) is CaseStatus.CANCELLED
    assert money.press(case_id, key="3d1f0f9e-7c1c-4a58-9a43-6ad4c8d5a9ce").status_code == httpx.codes.CONFLICT


def test_s23_an_expired_password_pauses_payments_pages_staff_and_the_first_good_answer_lifts_it(
    money: MoneyWorld,
) -> None:
    first, second = money.payable(), money.payable()
    money.sandbox.control("terminal", {"expired": True})
    redirect = money.press(first).headers["Location"]
    assert "IPAY0100018" in httpx.get(redirect).text
    with capture_logs() as logs:
        money.pass_time(minutes=1)
    assert [each["log_level"] for each in logs if each["event"] == "payments_paused"] == ["error"]
    assert len(money.cases.rows(GatewayPause, lifted_at=None)) == 1
    with pytest.raises(PaymentsPausedError):
        start_payment(money.ports, money.order(second).id, now=money.clock())
    shown = httpx.get(money.pay_url(second)).text
    refused = money.press(second, key="3d1f0f9e-7c1c-4a58-9a43-6ad4c8d5a9ce")  # of a page opened before
    assert 'id="pay"' not in shown
    assert "Payments are paused for now" in shown
    assert refused.status_code == httpx.codes.CONFLICT
    assert "Payments are paused for now" in refused.text
    assert "الدفع متوقف مؤقتًا" in refused.text
    assert money.cases.attempts(second) == []

    money.sandbox.control("terminal", {"expired": False})
    money.pass_time(minutes=5)
    assert money.cases.rows(GatewayPause, lifted_at=None) == []
    money.pay(second)
    assert money.finish(second) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s24_pressed_twice_or_in_two_tabs_it_is_one_attempt(money: MoneyWorld) -> None:
    case_id = money.payable()
    one_tab, other_tab = money.page_key(case_id), money.page_key(case_id)
    assert one_tab != other_tab
    pressed = [one_tab, one_tab, other_tab, other_tab]
    answers = at_once(*(lambda key=key: money.press(case_id, key=key) for key in pressed))
    addresses = [each.headers["Location"] for each in answers if isinstance(each, httpx.Response)]
    assert len(addresses) == len(pressed)
    assert len(money.cases.attempts(case_id)) == 1

    page = open_bank_page(addresses[0])
    second_tab = httpx.get(addresses[1])  # KNET has it open already
    told = parse_qs(urlsplit(second_tab.headers["Location"]).query)
    assert told["Error"] == ["IPAY0100040"]
    httpx.get(second_tab.headers["Location"], follow_redirects=True).raise_for_status()
    money.settle_all()
    assert money.attempt(case_id).state is _A.REDIRECTED
    page.press()
    assert money.finish(case_id) is CaseStatus.COMPLETED
    assert len(money.cases.attempts(case_id)) == 1
    money.assert_books_agree()


def test_s24_a_page_whose_button_was_used_starts_no_second_attempt_later(money: MoneyWorld) -> None:
    case_id = money.payable()
    key = money.page_key(case_id)
    open_bank_page(money.press(case_id, key=key).headers["Location"]).press(Behaviour.CANCEL)
    money.pass_time(minutes=2)
    assert money.attempt(case_id).state is _A.CANCELLED
    again = money.press(case_id, key=key)
    assert again.status_code == httpx.codes.CONFLICT
    assert len(money.cases.attempts(case_id)) == 1
    assert money.press(case_id).is_redirect  # the page opened anew
    assert len(money.cases.attempts(case_id)) == 2


@pytest.mark.parametrize("minutes", [-10, 10])
def test_s30_a_clock_ten_minutes_apart_from_the_banks_changes_no_outcome(money: MoneyWorld, minutes: int) -> None:
    money.clock.skew = timedelta(minutes=minutes)
    taken, refused, left = money.payable(), money.payable(), money.payable()
    money.pay(taken)
    money.pay(refused, Behaviour.DECLINE)
    money.open_bank_page(left)
    assert money.finish(taken) is CaseStatus.COMPLETED
    money.pass_time(hours=2)
    assert money.attempt(refused).state is _A.DECLINED
    assert money.attempt(left).state is _A.ABANDONED
    money.assert_books_agree()


def test_s30_a_bank_that_restarts_in_the_middle_forgets_nothing(money: MoneyWorld) -> None:
    paid, paying, held = money.payable(), money.payable(), money.payable()
    money.pay(paid)
    page = money.open_bank_page(paying)
    money.pay(held, notify={"hold": True})
    money.restart_sandbox()
    page.press()
    money.sandbox.control(f"deliver/{money.attempt(held).trackid}")
    money.restart_sandbox()
    for case_id in (paid, paying, held):
        assert money.finish(case_id) is CaseStatus.COMPLETED
        kinds = {each.kind for each in money.evidence(money.attempt(case_id))}
        assert kinds == {EvidenceKind.CALLBACK, EvidenceKind.INQUIRY}
    money.assert_books_agree()

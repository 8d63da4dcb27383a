"""What reaches our address uncalled: twice, late, before its time, contradicted, tampered with, forged."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from infra.gateway import knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.sandbox.payer import Behaviour
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence
from models.payments.order import OrderStatus
from models.payments.refund import RefundState
from tests.money_bank import open_bank_page
from tests.money_world import MoneyWorld, money_world
from tests.racing import at_once
from tests.sandbox_world import KEY

_A = AttemptState
_OTHER_KEY = "FEDCBA9876543210"


def notice(money: MoneyWorld, attempt: PaymentAttempt) -> bytes:
    """The body of the callback, as it came."""
    [kept] = [each for each in money.evidence(attempt) if each.kind is EvidenceKind.CALLBACK]
    return kept.raw


def call_back(money: MoneyWorld, body: bytes) -> httpx.Response:
    return httpx.post(f"{money.url}/knet/response", content=body, timeout=30)


def under_key(key: str, attempt: PaymentAttempt, *, result: str = "CAPTURED") -> bytes:
    """A callback of a capture that never was."""
    amount = str(Money(attempt.amount_fils))
    fields = [("paymentid", "100"), ("result", result), ("trackid", attempt.trackid), ("amt", amount)]
    return f"trandata={TrandataCipher(SecretStr(key)).encrypt(knet_fields.join(fields))}".encode()


def test_s13_the_same_callback_five_times_at_once_has_one_effect_and_one_answer(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, notify={"times": 5, "concurrent": True})
    assert money.oracle(attempt)["acknowledged"]
    again = at_once(*[lambda: call_back(money, notice(money, attempt))] * 3)
    answers = {(each.status_code, each.content) for each in again if isinstance(each, httpx.Response)}
    assert answers == {(200, f"REDIRECT={money.url}/pay/return/{attempt.return_token}".encode())}
    assert money.cases.history(attempt).count("hear") == 1
    assert money.finish(case_id) is CaseStatus.COMPLETED
    assert call_back(money, notice(money, attempt)).content in {body for _, body in answers}
    money.pass_time(hours=1)
    assert (len(money.entries(case_id)), len(money.receipts(case_id))) == (1, 1)
    money.assert_books_agree()


@pytest.mark.parametrize("order", ["before", "after"])
@pytest.mark.parametrize("truth", [Behaviour.APPROVE, Behaviour.DECLINE])
def test_s14_of_callbacks_that_contradict_each_other_the_inquiry_decides(
    money: MoneyWorld, order: str, truth: Behaviour
) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, truth, notify={"contradict": order})
    told = [each.outcome for each in money.evidence(attempt) if each.kind is EvidenceKind.CALLBACK]
    assert sorted(told) == ["captured", "declined"]
    status = money.finish(case_id)
    captured = truth is Behaviour.APPROVE
    assert money.attempt(case_id).state is (_A.CAPTURED if captured else _A.DECLINED)
    assert status is (CaseStatus.COMPLETED if captured else CaseStatus.AWAITING_PAYMENT)
    assert len(money.receipts(case_id)) == int(captured)
    money.assert_books_agree()


def test_s15_a_callback_after_the_attempt_was_given_up_pays_the_open_order(
    business_engine: Engine, tmp_path: Path
) -> None:
    with money_world(business_engine, tmp_path, page_ttl=timedelta(hours=6)) as money:
        case_id = money.payable()
        page = money.open_bank_page(case_id)
        money.pass_time(hours=2)
        assert money.attempt(case_id).state is _A.ABANDONED
        page.press()
        assert money.attempt(case_id).state is _A.VERIFYING
        assert money.finish(case_id) is CaseStatus.COMPLETED
        money.assert_books_agree()


@pytest.mark.parametrize("second_is_settled", [True, False])
def test_s15_a_capture_after_a_second_attempt_paid_is_surplus_and_goes_back_by_itself(
    business_engine: Engine, tmp_path: Path, *, second_is_settled: bool
) -> None:
    with money_world(business_engine, tmp_path, page_ttl=timedelta(hours=6)) as money:
        case_id = money.payable()
        late = money.open_bank_page(case_id)
        money.pass_time(hours=2)
        money.pay(case_id)
        if second_is_settled:
            assert money.finish(case_id) is CaseStatus.COMPLETED
        late.press()
        money.pass_time(minutes=10)
        money.cases.run(case_id)
        first, second = money.cases.attempts(case_id)
        assert (first.state, second.state) == (_A.CAPTURED, _A.CAPTURED)
        [refund] = money.refunds(case_id)
        assert (refund.amount_fils, refund.automatic) == (first.amount_fils, True)
        assert refund.state is RefundState.SUCCEEDED
        assert money.order(case_id).status is OrderStatus.PAID
        assert money.cases.status(case_id) is CaseStatus.COMPLETED
        [receipt] = money.receipts(case_id)
        assert receipt.revoked_at is None
        money.assert_books_agree()


def test_s15_a_capture_after_the_order_lapsed_goes_back_by_itself(business_engine: Engine, tmp_path: Path) -> None:
    with money_world(business_engine, tmp_path, page_ttl=timedelta(days=20)) as money:
        case_id = money.payable()
        page = money.open_bank_page(case_id)
        money.pass_time(days=8)
        assert money.order(case_id).status is OrderStatus.EXPIRED
        page.press()
        money.pass_time(hours=1)
        assert [each.state for each in money.refunds(case_id)] == [RefundState.SUCCEEDED]
        assert money.order(case_id).status is OrderStatus.EXPIRED
        assert money.receipts(case_id) == []
        money.assert_books_agree()


def test_s16_a_callback_before_our_own_record_of_the_redirect_is_matched_by_its_track_id(
    business_engine: Engine, tmp_path: Path
) -> None:
    """We die after the gateway made the charge: only the track id says whose it is."""
    with money_world(business_engine, tmp_path, gateway="tap") as money:
        case_id = money.payable()
        money.script(create=[{"answer": "drop"}])
        assert money.press(case_id).status_code == httpx.codes.CONFLICT
        attempt = money.attempt(case_id)
        assert (attempt.state, attempt.paymentid) == (_A.CREATED, None)
        charge = money.oracle(attempt)["paymentid"]
        open_bank_page(f"{money.sandbox.url}/tap/pay/{charge}").press()
        assert money.attempt(case_id).state is _A.VERIFYING
        assert money.finish(case_id) is CaseStatus.COMPLETED
        money.assert_books_agree()


def test_s17_a_callback_with_any_bit_flipped_captures_nothing(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, Behaviour.DECLINE)
    [trandata] = parse_qs(notice(money, attempt).decode())["trandata"]
    true = bytes.fromhex(trandata)
    for place in range(0, len(true), 7):
        flipped = true[:place] + bytes([true[place] ^ 1]) + true[place + 1 :]
        assert call_back(money, f"trandata={flipped.hex()}".encode()).status_code in {200, 400}
    money.pass_time(hours=1)
    assert money.attempt(case_id).state is _A.DECLINED
    assert (money.entries(case_id), money.receipts(case_id)) == ([], [])
    money.assert_books_agree()


def test_s17_a_capture_under_another_key_is_refused_and_kept(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.open_bank_page(case_id)
    attempt = money.attempt(case_id)
    forged = under_key(_OTHER_KEY, attempt)
    assert call_back(money, forged).status_code == httpx.codes.BAD_REQUEST
    assert forged in [each.raw for each in money.cases.rows(GatewayEvidence, kind=EvidenceKind.CALLBACK)]
    assert money.attempt(case_id).version == attempt.version


def test_s17_a_capture_even_under_the_right_key_is_never_believed(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.open_bank_page(case_id)
    assert call_back(money, under_key(KEY, money.attempt(case_id))).status_code == httpx.codes.OK
    assert money.attempt(case_id).state is _A.VERIFYING
    money.pass_time(hours=2)
    assert money.attempt(case_id).state is _A.ABANDONED
    assert (money.entries(case_id), money.receipts(case_id)) == ([], [])
    assert money.cases.run(case_id) is CaseStatus.AWAITING_PAYMENT
    money.assert_books_agree()


def test_s17_the_response_of_another_order_pays_only_that_one(money: MoneyWorld) -> None:
    paid, unpaid = money.payable(), money.payable()
    payment = money.pay(paid)
    money.open_bank_page(unpaid)
    assert f"/pay/return/{payment.return_token}" in call_back(money, notice(money, payment)).text
    assert money.attempt(unpaid).state is _A.REDIRECTED
    assert money.finish(paid) is CaseStatus.COMPLETED
    assert money.cases.run(unpaid) is CaseStatus.AWAITING_PAYMENT
    assert (len(money.entries(paid)), money.entries(unpaid)) == (1, [])
    money.assert_books_agree()


@pytest.mark.parametrize("way", ["browser", "callback"])
def test_s18_a_forged_error_about_a_paid_track_id_changes_nothing(money: MoneyWorld, way: str) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id)
    forged = {"Error": "IPAY0100055", "ErrorText": "forged", "trackid": attempt.trackid, "amt": "0.001"}
    if way == "browser":
        answer = httpx.get(f"{money.url}/knet/error", params=forged)
        assert answer.headers["Location"] == money.pay_url(case_id)
    else:
        answer = httpx.post(f"{money.url}/knet/response", data=forged)
        assert str(attempt.return_token) not in answer.text
    assert money.finish(case_id) is CaseStatus.COMPLETED
    httpx.get(f"{money.url}/knet/error", params=forged | {"ErrorText": "again"})
    money.pass_time(hours=1)
    assert money.attempt(case_id).state is _A.CAPTURED
    [receipt] = money.receipts(case_id)
    assert receipt.revoked_at is None
    money.assert_books_agree()

"""A payment's ordinary ways: taken, declined, cancelled, left; over the real adapters, HTTP and the sandbox."""

from models.case import CaseStatus
from models.payments.attempt import AttemptState
from models.payments.order import OrderStatus
from tests.money_world import MoneyWorld

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

"""S8, S26, S27: what only the bank's settlement file tells, imported as the sandbox writes it."""

from datetime import date, datetime, time, timedelta

import httpx
import pytest

from infra.clock import KUWAIT, kuwait_date
from infra.payments.reconciling import import_settlement
from infra.sandbox.books import posting_day
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderStatus
from models.payments.refund import RefundState
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass
from tests.money_world import MoneyWorld
from tests.scenarios.test_refunds import at_the_bank, paid, refunded

_C = LineClass
_NO_LINES: dict[LineClass, int] = {}


def bank_day(money: MoneyWorld) -> date:
    """The day that the bank counts now."""
    return posting_day(money.clock(), cut_off=time(23))


def settlement(money: MoneyWorld, day: date, **how: str) -> bytes:
    url = f"{money.sandbox.url}/__sandbox__/settlement/{day}.csv"
    return httpx.get(url, params=how, timeout=30).raise_for_status().content


def take_in(money: MoneyWorld, day: date, *, profile: str = "sandbox_knet", **how: str) -> dict[LineClass, int]:
    """The day's file, imported; what its lines were found to be."""
    name, data = f"{day}.csv", settlement(money, day, **how)
    report = import_settlement(money.ports, gateway="knet", profile=profile, name=name, data=data, actor="accountant")
    return {each: count for each, count in report.counts.items() if count}


def test_s08_a_host_timeout_that_only_the_settlement_file_shows_as_reversed_is_voided(money: MoneyWorld) -> None:
    case_id, day = money.payable(), bank_day(money)
    money.pay(case_id, result="HOST TIMEOUT", becomes={"result": "SUSPECTED"})
    money.pass_time(days=3)
    assert money.attempt(case_id).state is AttemptState.UNKNOWN
    assert money.order(case_id).status is OrderStatus.REVIEW
    assert take_in(money, day) == {_C.REVERSED: 1}
    assert money.attempt(case_id).state is AttemptState.VOIDED
    assert money.order(case_id).status is OrderStatus.OPEN
    assert money.questions() == {}
    assert (money.entries(case_id), money.receipts(case_id)) == ([], [])
    money.assert_books_agree()


def test_s26_a_part_refunded_at_the_banks_portal_is_booked_and_asked_about(money: MoneyWorld) -> None:
    case_id, day = paid(money), bank_day(money)
    order = {"trackid": money.attempt(case_id).trackid, "amount": "1.000"}
    money.sandbox.control("portal/refunds", order)
    assert take_in(money, day) == {_C.MATCHED: 1, _C.EXTERNAL_REFUND: 1}
    assert money.questions() == {ReviewKind.EXTERNAL_REFUND: 1}
    assert money.order(case_id).status is OrderStatus.REVIEW
    assert at_the_bank(money, case_id) == ["1.000"]
    money.assert_books_agree()


def test_s27_a_file_in_order_settles_its_payments_once_however_often_it_is_imported(money: MoneyWorld) -> None:
    case_id, day = paid(money), bank_day(money)
    assert take_in(money, day) == take_in(money, day) == {_C.MATCHED: 1}
    owed = [each for each in money.cases.rows(LedgerEntry) if LedgerAccount.GATEWAY in {each.debit, each.credit}]
    signed = sum(each.amount_fils * (1 if each.debit is LedgerAccount.GATEWAY else -1) for each in owed)
    assert signed == 0
    assert money.questions() == {}
    assert money.cases.status(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s27_a_capture_that_the_files_do_not_show_is_asked_about(money: MoneyWorld) -> None:
    case_id, day = paid(money, settlement=["missing"]), bank_day(money)
    assert take_in(money, day) == _NO_LINES
    assert money.questions() == {}
    money.clock.advance(days=3)
    paid(money)  # files of two days without a line are the same bytes, and are taken for one
    assert take_in(money, day + timedelta(days=3)) == {_C.MATCHED: 1}
    assert money.questions() == {ReviewKind.NOT_SETTLED: 1}
    assert money.order(case_id).status is OrderStatus.REVIEW


def test_s27_money_of_nobody_we_know_waits_in_suspense_and_is_never_returned_by_guess(money: MoneyWorld) -> None:
    money.sandbox.control("portal/sales", {"trackid": "NOBODYS1", "amount": "7.000"})
    assert take_in(money, bank_day(money)) == {_C.UNKNOWN_PAYMENT: 1}
    assert money.questions() == {ReviewKind.UNKNOWN_PAYMENT: 1}
    suspended = [each for each in money.cases.rows(LedgerEntry) if each.credit is LedgerAccount.SUSPENSE]
    assert [each.amount_fils for each in suspended] == [Money.parse("7.000").fils]
    money.pass_time(days=1)
    assert money.sandbox.ledger()["NOBODYS1"]["refunds"] == []


def test_s27_a_line_that_stands_twice_is_counted_once(money: MoneyWorld) -> None:
    case_id, day = paid(money, settlement=["duplicate"]), bank_day(money)
    assert take_in(money, day) == {_C.MATCHED: 1, _C.DUPLICATE: 1}
    assert len([each for each in money.entries(case_id) if each.credit is LedgerAccount.ORDERS]) == 1
    money.assert_books_agree()


def test_s27_a_wrong_total_is_told_and_the_lines_count(money: MoneyWorld) -> None:
    case_id, day = paid(money), bank_day(money)
    assert take_in(money, day, wrong_total="true") == {_C.MATCHED: 1}
    assert money.questions() == {ReviewKind.TOTALS_DIFFER: 1}
    assert money.order(case_id).status is OrderStatus.PAID
    money.assert_books_agree()


def test_s27_a_line_off_by_one_fil_is_no_match(money: MoneyWorld) -> None:
    case_id, day = paid(money, settlement=[{"amount_off_by_fils": 1}]), bank_day(money)
    assert take_in(money, day) == {_C.AMOUNT_DIFFERS: 1}
    assert money.order(case_id).status is OrderStatus.REVIEW


def test_s27_a_day_without_a_year_is_right_across_the_year_end(money: MoneyWorld) -> None:
    last_evening = datetime(kuwait_date(money.clock()).year, 12, 31, 22, 30, tzinfo=KUWAIT)
    money.clock.at = last_evening
    case_id, day = paid(money), bank_day(money)
    assert (day.month, day.day) == (12, 31)
    money.clock.advance(days=1)
    assert take_in(money, day, profile="sandbox_knet_mmdd", dates="MMDD") == {_C.MATCHED: 1}
    assert money.attempt(case_id).postdate == day
    booked = {each.booked_on for each in money.entries(case_id)}
    assert booked == {day}
    money.assert_books_agree()


@pytest.mark.parametrize("fault", ["drop_executed", "drop_unexecuted"])
def test_s25_a_refund_whose_reply_was_lost_is_settled_by_the_file(money: MoneyWorld, fault: str) -> None:
    case_id, day = paid(money, refund=[fault]), bank_day(money)
    assert refunded(money, case_id) is RefundState.UNKNOWN
    executed = fault == "drop_executed"
    lines = take_in(money, day)
    assert lines == ({_C.MATCHED: 1, _C.MATCHED_REFUND: 1} if executed else {_C.MATCHED: 1})
    [refund] = money.refunds(case_id)
    assert refund.state is (RefundState.SUCCEEDED if executed else RefundState.UNKNOWN)
    assert money.questions() == ({} if executed else {ReviewKind.REFUND_UNKNOWN: 1})
    money.assert_books_agree()

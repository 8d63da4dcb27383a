"""S19 and S28 at Tap: another sum or currency, and refunds that are pending, lost, or too old to repeat."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.clock import kuwait_date
from infra.payments.claiming import claim
from infra.payments.reconciling.importing import import_listing
from infra.payments.resolving import approve_resolution, request_resolution
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.claim import ClaimOutcome
from models.payments.ledger import LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import RefundState
from models.payments.resolution import Verdict
from models.payments.review import ReviewItem, ReviewKind
from tasks.reconciliation import recent_days
from tests.money_world import MoneyWorld
from tests.scenarios.test_refunds import refunded

_A = AttemptState


def take_in_list(money: MoneyWorld, case_id: UUID) -> None:
    """Tap's own list, of every day from the first attempt to yesterday."""
    day, today = (kuwait_date(each) for each in (money.cases.attempts(case_id)[0].created_at, money.clock()))
    while day < today:
        import_listing(money.ports, gateway="tap", day=day, actor="accountant")
        day += timedelta(days=1)


@pytest.mark.parametrize("executed", [True, False])
def test_s28_a_refund_whose_answer_was_lost_is_sent_again_and_is_one_refund(tap: MoneyWorld, *, executed: bool) -> None:
    case_id = tap.payable()
    tap.pay(case_id, refund=[{"answer": "drop", "executed": executed}])
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert refunded(tap, case_id) is RefundState.UNKNOWN
    tap.pass_time(minutes=15)
    assert [each.state for each in tap.refunds(case_id)] == [RefundState.SUCCEEDED]
    whole = str(Money(tap.order(case_id).amount_fils))
    assert [each["amount"] for each in tap.oracle(tap.attempt(case_id))["refunds"]] == [whole]
    tap.assert_books_agree()


def test_s28_a_refund_that_nothing_was_heard_of_is_not_sent_again_when_its_key_may_be_forgotten(
    tap: MoneyWorld,
) -> None:
    """Nobody worked for a day: Tap would take the same refund for another one. Its own list of the day tells."""
    case_id = tap.payable()
    tap.pay(case_id, refund=[{"answer": "drop"}])
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert refunded(tap, case_id) is RefundState.UNKNOWN
    tap.clock.advance(hours=23)
    tap.pass_time(hours=4)
    assert tap.oracle(tap.attempt(case_id))["refunded"] == str(Money(tap.order(case_id).amount_fils))
    assert [each.state for each in tap.refunds(case_id)] == [RefundState.UNKNOWN]
    assert tap.questions() == {ReviewKind.REFUND_UNKNOWN: 1}
    tap.pass_time(days=1)
    take_in_list(tap, case_id)
    assert [each.state for each in tap.refunds(case_id)] == [RefundState.SUCCEEDED]
    assert tap.questions() == {}
    tap.assert_books_agree()


def test_s28_a_refund_that_was_not_carried_out_and_is_too_old_to_send_again_is_for_two_persons(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.pay(case_id, refund=[{"answer": "drop", "executed": False}])
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert refunded(tap, case_id) is RefundState.UNKNOWN
    tap.clock.advance(hours=23)
    tap.pass_time(days=3)
    take_in_list(tap, case_id)
    [refund] = tap.refunds(case_id)
    assert (refund.state, tap.oracle(tap.attempt(case_id))["refund_keys"]) == (RefundState.UNKNOWN, [])
    said = {"verdict": Verdict.REFUND_NOT_EXECUTED, "reason": "not carried out", "evidence": "Tap's dashboard"}
    asked = request_resolution(tap.ports, str(refund.id), actor="first", **said)
    approve_resolution(tap.ports, asked, actor="second")
    assert refunded(tap, case_id) is RefundState.SUCCEEDED  # another row, and another key
    assert len(tap.oracle(tap.attempt(case_id))["refund_keys"]) == 1
    tap.assert_books_agree()


@pytest.mark.parametrize(("ends_as", "state"), [("REFUNDED", RefundState.SUCCEEDED), ("FAILED", RefundState.REJECTED)])
def test_s28_a_pending_refund_is_looked_up_for_as_long_as_it_takes_and_never_sent_again(
    tap: MoneyWorld, ends_as: str, state: RefundState
) -> None:
    """Longer than its key is known: by Tap's own number of it, the question is always about the same refund."""
    case_id = tap.payable()
    tap.pay(case_id, refund_pending_seconds=30 * 3600, refund_ends_as=ends_as)
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert refunded(tap, case_id) is RefundState.SUBMITTING
    tap.pass_time(hours=29)
    assert [each.state for each in tap.refunds(case_id)] == [RefundState.SUBMITTING]
    assert LedgerKind.REFUND not in {each.kind for each in tap.entries(case_id)}
    assert tap.questions() == {}
    tap.pass_time(hours=2)
    assert [each.state for each in tap.refunds(case_id)] == [state]
    assert len(tap.oracle(tap.attempt(case_id))["refund_keys"]) == 1
    tap.assert_books_agree()


def test_s19_a_capture_in_another_currency_pays_nothing_and_comes_to_staff_at_once(tap: MoneyWorld) -> None:
    """The same number of dollars. Nothing of it is booked or given back in dinars: staff return it in the dashboard."""
    case_id = tap.payable()
    attempt = tap.pay(case_id, currency="USD")
    tap.pass_time(minutes=2)
    assert tap.oracle(attempt)["currency"] == "USD"
    assert tap.attempt(case_id).state is _A.MISMATCH
    assert tap.order(case_id).status is OrderStatus.REVIEW
    assert tap.questions() == {ReviewKind.MISMATCH: 1}
    assert tap.cases.run(case_id) is CaseStatus.PAYMENT_REVIEW
    tap.pass_time(days=2)
    take_in_list(tap, case_id)
    assert (tap.receipts(case_id), tap.entries(case_id), tap.refunds(case_id)) == ([], [], [])
    assert tap.questions() == {ReviewKind.MISMATCH: 1}


def test_s19_who_paid_in_another_currency_is_never_told_that_it_is_paid(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    attempt = tap.pay(case_id, currency="SAR")
    tap.pass_time(minutes=2)
    [item] = tap.cases.rows(ReviewItem, resolved_at=None)
    assert item.note == "in another currency: nothing is booked, and nothing goes back by itself"
    assert claim(tap.ports, attempt.trackid, actor="payer").outcome is ClaimOutcome.WITH_STAFF
    close_review(tap.ports, item.id, actor="first", resolution="given back in Tap's dashboard")
    assert claim(tap.ports, attempt.trackid, actor="payer").outcome is ClaimOutcome.WITH_STAFF


@pytest.mark.parametrize("off", [-1, 1, -9000])
def test_s19_another_sum_at_tap_goes_back_in_full_and_to_staff(tap: MoneyWorld, off: int) -> None:
    case_id = tap.payable()
    tap.pay(case_id, amount_off_by_fils=off)
    tap.pass_time(minutes=10)
    assert tap.attempt(case_id).state is _A.MISMATCH
    assert tap.questions() == {ReviewKind.MISMATCH: 1}
    [refund] = tap.refunds(case_id)
    assert (refund.amount_fils, refund.state) == (tap.order(case_id).amount_fils + off, RefundState.SUCCEEDED)
    assert tap.receipts(case_id) == []
    tap.assert_books_agree()


def test_s19_a_charge_that_is_told_under_another_track_id_goes_back(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    attempt = tap.pay(case_id, reported_trackid="SOMEBODYELSE1", webhook={"lost": 3})
    tap.pass_time(minutes=10)
    assert tap.attempt(case_id).state is _A.MISMATCH
    assert tap.oracle(attempt)["refunded"] == str(Money(tap.order(case_id).amount_fils))
    assert tap.order(case_id).status is OrderStatus.REVIEW
    assert tap.receipts(case_id) == []
    tap.assert_books_agree()


def test_a_payment_that_tap_takes_back_after_a_week_is_found_when_its_day_is_read_again(tap: MoneyWorld) -> None:
    """The receipt was out long before; the list of its day is read again after one week, two, and a month."""
    case_id = tap.payable()
    tap.pay(case_id, auto_reversed_after_seconds=7 * 24 * 3600)
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    for days in (5, 9):
        tap.pass_time(days=days)
        for day in recent_days():
            import_listing(tap.ports, gateway="tap", day=day, actor="accountant")
    assert tap.questions() == {ReviewKind.REVERSED: 1}
    assert [each.revoked_because for each in tap.receipts(case_id)] == ["the bank took the payment back"]


def test_a_refund_that_was_pending_for_a_week_is_shown_when_its_day_is_read_again(tap: MoneyWorld) -> None:
    case_id = tap.payable()
    tap.pay(case_id, refund_pending_seconds=7 * 24 * 3600, refund_ends_as="REFUNDED")
    assert tap.finish(case_id) is CaseStatus.COMPLETED
    assert refunded(tap, case_id) is RefundState.SUBMITTING
    asked = []
    for days in (3, 5, 3, 3):
        tap.clock.advance(days=days)
        tap.settle_all()
        for day in recent_days():
            import_listing(tap.ports, gateway="tap", day=day, actor="accountant")
        tap.settle_all()
        asked.append(tap.questions())
    assert asked[-1] == {}, asked
    assert [each.state for each in tap.refunds(case_id)] == [RefundState.SUCCEEDED]
    tap.assert_books_agree()

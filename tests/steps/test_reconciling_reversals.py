"""What the bank took back, in its file: all of a payment and no less, and what it posts again after that."""

from datetime import timedelta
from uuid import UUID

import pytest

from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass
from tests.settlement import DAY, File, questions
from tests.world import World

_A, _C, _K, _L, _O, _R = AttemptState, LineClass, LedgerKind, LedgerAccount, EvidenceOutcome, ReviewKind


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def suspended(world: World) -> int:
    return sum(
        each.amount_fils * ((each.credit is _L.SUSPENSE) - (each.debit is _L.SUSPENSE))
        for each in world.rows(LedgerEntry)
    )


def test_a_part_that_was_taken_back_is_a_question_and_books_nothing(world: World, paid: PaymentAttempt) -> None:
    report = File().sale(paid, reversed_=True, amount=1).taken_in(world)
    assert report.counts == {_C.CONTRADICTION: 1}
    assert (questions(world), world.rows(LedgerEntry, kind=_K.VOID)) == ([_R.CONTRADICTION], [])
    assert world.get(PaymentAttempt, paid.id).state is _A.CAPTURED


def test_a_part_of_surplus_that_was_taken_back_does_not_stop_its_return(world: World, case_id: UUID) -> None:
    first = world.start(case_id)
    world.notify(world.gateway.refuses(first.trackid, _O.DECLINED))
    assert world.settle(first) is _A.DECLINED
    world.pay(case_id)
    world.notify(world.gateway.captures(first.trackid))
    world.clock.advance(minutes=3)
    assert world.settle(first) is _A.CAPTURED
    File().sale(first, reversed_=True, amount=1).taken_in(world)
    [refund] = world.rows(Refund)
    assert (refund.state, questions(world)) == (RefundState.APPROVED, [_R.CONTRADICTION])


def test_a_payment_that_is_posted_again_after_it_was_taken_back_is_a_question(
    world: World, paid: PaymentAttempt
) -> None:
    world.clock.advance(days=2)
    File().sale(paid).taken_in(world)
    File(day=DAY + timedelta(days=1)).sale(paid, reversed_=True).taken_in(world)
    assert questions(world) == [_R.REVERSED]
    again = File(day=DAY + timedelta(days=2)).sale(paid)
    assert again.taken_in(world).counts == {_C.CONTRADICTION: 1}
    assert questions(world) == [_R.REVERSED, _R.CONTRADICTION]
    assert again.stranger().taken_in(world).counts == {_C.DUPLICATE: 1, _C.UNKNOWN_PAYMENT: 1}
    assert File().sale(paid).stranger().taken_in(world).counts == {_C.DUPLICATE: 2}


def test_a_file_of_many_days_is_taken_in_day_by_day(world: World, paid: PaymentAttempt) -> None:
    world.clock.advance(days=2)
    file = File().sale(paid)
    file.day += timedelta(days=1)
    file.sale(paid, reversed_=True)
    file.day += timedelta(days=1)
    report = file.sale(paid).taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.REVERSED: 1, _C.CONTRADICTION: 1}


def test_money_of_nobody_leaves_suspense_when_it_is_taken_back_under_a_number_of_ours(
    world: World, paid: PaymentAttempt
) -> None:
    known = {"trackid": "STRANGER", "tranid": f"20{paid.trackid}", "paymentid": "", "ref": "", "amount": 5000}
    File().sale(paid, **known).taken_in(world)
    assert suspended(world) == 5000
    File(day=DAY + timedelta(days=1)).sale(paid, reversed_=True, **known).taken_in(world)
    assert suspended(world) == 0


@pytest.mark.parametrize("amount", [4999, 9000])
def test_money_of_nobody_stays_when_another_sum_is_taken_back(world: World, paid: PaymentAttempt, amount: int) -> None:
    known = {"trackid": "STRANGER", "tranid": "209", "paymentid": "", "ref": ""}
    File().stranger(5000).taken_in(world)
    File(day=DAY + timedelta(days=1)).sale(paid, reversed_=True, amount=amount, **known).taken_in(world)
    assert suspended(world) == 5000
    assert questions(world) == [_R.UNKNOWN_PAYMENT, _R.UNKNOWN_PAYMENT]

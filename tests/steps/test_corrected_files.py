"""A line that the bank's files tell twice, and not the same: booked once, and right after the right file."""

from uuid import UUID

import pytest

from infra.payments.books import daily_statement
from infra.payments.due import settle_due
from models.case import Case, CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.posting import PostingKind
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementLine
from tests.settlement import DAY, File, questions
from tests.world import World

_C, _K, _L, _R = LineClass, LedgerKind, LedgerAccount, ReviewKind


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def balances(world: World) -> dict[LedgerAccount, int]:
    """Of every account that is not even."""
    sums = dict.fromkeys(_L, 0)
    for each in world.rows(LedgerEntry):
        sums[each.debit] += each.amount_fils
        sums[each.credit] -= each.amount_fils
    return {account: fils for account, fils in sums.items() if fils}


def settled(fils: int, *, fee: int = 150) -> dict[LedgerAccount, int]:
    """One payment that was paid out, less its fee."""
    return {_L.BANK: fils - fee, _L.ORDERS: -fils, _L.GATEWAY_FEES: fee}


@pytest.mark.parametrize("off", [1, -1])
def test_right_file_takes_the_place_of_a_wrong_one(world: World, paid: PaymentAttempt, off: int) -> None:
    right = paid.amount_fils
    File(fee=140).sale(paid, amount=right + off).taken_in(world, name="wrong.csv")
    assert questions(world) == [_R.CONTRADICTION]
    report = File().sale(paid).taken_in(world, name="right.csv")
    assert report.counts == {_C.MATCHED: 1}
    assert balances(world) == settled(right)
    assert questions(world) == []
    assert [each.status for each in world.rows(Case)] == [CaseStatus.PAID]
    [undone] = world.rows(LedgerEntry, kind=_K.ADJUSTMENT)
    assert (undone.amount_fils, undone.booked_on) == (right + off, DAY)
    fees = [(each.debit, each.amount_fils) for each in world.rows(LedgerEntry, kind=_K.FEE)]
    assert fees == [(_L.GATEWAY_FEES, 140), (_L.BANK, 140), (_L.GATEWAY_FEES, 150)]
    with world.session() as session:
        assert daily_statement(session, DAY).fees == 150


@pytest.mark.parametrize("off", [1, -1])
def test_wrong_file_after_the_right_one_is_a_question_and_books_nothing(
    world: World, paid: PaymentAttempt, off: int
) -> None:
    right = paid.amount_fils
    File().sale(paid).taken_in(world, name="right.csv")
    for fee in (140, 141):
        report = File(fee=fee).sale(paid, amount=right + off).taken_in(world, name="wrong.csv")
        assert balances(world) == settled(right)
        assert questions(world) == [_R.CONTRADICTION]
    assert report.counts == {_C.DUPLICATE: 1}
    [item] = world.rows(ReviewItem)
    assert "wrong.csv, line 2" in item.note
    assert "right.csv, line 2" in item.note
    File().sale(paid).stranger().taken_in(world, name="right again.csv")
    assert questions(world) == [_R.UNKNOWN_PAYMENT]


def test_wrong_sum_of_a_payment_that_was_not_booked_is_undone_before_it_goes_back(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    File().sale(attempt, amount=attempt.amount_fils + 1).taken_in(world, name="wrong.csv")
    assert questions(world) == [_R.MISMATCH]
    File().sale(attempt).taken_in(world, name="right.csv")
    assert (questions(world), world.status(case_id)) == ([], CaseStatus.PAID)
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.CAPTURED
    assert [each.state for each in world.rows(Refund)] == [RefundState.REJECTED]
    assert balances(world) == settled(attempt.amount_fils)


def test_wrong_sum_that_went_back_already_stays_a_question(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils - 1))
    File().sale(attempt, amount=attempt.amount_fils - 1).taken_in(world, name="wrong.csv")
    world.clock.advance(seconds=61)
    settle_due(world.ports)
    assert [each.state for each in world.rows(Refund)] == [RefundState.SUCCEEDED]
    File().sale(attempt).taken_in(world, name="right.csv")
    assert questions(world) == [_R.MISMATCH, _R.CONTRADICTION]
    assert balances(world)[_L.BANK] == attempt.amount_fils - 150


@pytest.mark.parametrize("fees", [(140, 150), (151, 150)])
def test_fee_of_a_later_file_counts(world: World, paid: PaymentAttempt, fees: tuple[int, int]) -> None:
    for fee in fees:
        report = File(fee=fee).sale(paid).taken_in(world)
    assert (report.counts, questions(world)) == ({_C.DUPLICATE: 1}, [])
    assert balances(world) == settled(paid.amount_fils)


def test_fee_of_a_file_that_does_not_add_up_counts_only_alone(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).taken_in(world)
    File(fee=140, off=1).sale(paid).taken_in(world)
    assert balances(world) == settled(paid.amount_fils)


def test_money_in_suspense_is_corrected_and_stays_one_question(world: World) -> None:
    File(off=1).stranger(5001).taken_in(world, name="wrong.csv")
    File().stranger(5000).taken_in(world, name="right.csv")
    assert balances(world) == {_L.BANK: 4850, _L.SUSPENSE: -5000, _L.GATEWAY_FEES: 150}
    [item] = world.rows(ReviewItem, resolved_at=None, kind=_R.UNKNOWN_PAYMENT)
    assert item.note.startswith("right.csv, line 2")
    with world.session() as session:
        assert [each.fils for each in daily_statement(session, DAY).suspense] == [5000]
    File(off=1).stranger(4000).taken_in(world, name="wrong again.csv")
    assert balances(world)[_L.SUSPENSE] == -5000


def test_refund_with_a_wrong_sum_is_corrected(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).credit(paid, 3001, tranid="501").taken_in(world, name="wrong.csv")
    File().sale(paid).credit(paid, 3000, tranid="501").taken_in(world, name="right.csv")
    assert balances(world) == {
        _L.BANK: paid.amount_fils - 3000 - 150,
        _L.ORDERS: 3000 - paid.amount_fils,
        _L.GATEWAY_FEES: 150,
    }
    states = sorted((each.amount_fils, each.state) for each in world.rows(Refund))
    assert states == [(3000, RefundState.SUCCEEDED), (3001, RefundState.REJECTED)]
    assert questions(world) == [_R.EXTERNAL_REFUND]


def test_a_line_that_one_file_tells_twice_counts_once(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid, amount=paid.amount_fils + 1).sale(paid).taken_in(world)
    assert balances(world) == settled(paid.amount_fils)
    assert {each.kind for each in world.rows(SettlementLine)} == {PostingKind.CAPTURE}
    assert questions(world) == []

"""Settling an attempt: only an inquiry decides, and what it decides is booked once."""

from uuid import UUID

import pytest

from infra.gateway import Evidence
from infra.payments.hearing import ask_about_order
from infra.payments.starting import NotPayableError, PaymentInProgressError
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry
from models.payments.order import OrderStatus
from models.payments.review import ReviewItem, ReviewKind
from tests.racing import at_once
from tests.settlement import DAY, File
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def attempt(world: World, case_id: UUID) -> PaymentAttempt:
    return world.start(case_id)


def test_capture_after_notice_and_return_is_booked_with_its_proof(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.paid_at_the_bank(attempt)
    assert world.step(case_id) is _S.PAID
    [entry] = world.rows(LedgerEntry)
    [proof] = world.rows(GatewayEvidence, kind=EvidenceKind.INQUIRY)
    settled = world.get(PaymentAttempt, attempt.id)
    assert (entry.credit, entry.amount_fils) == (LedgerAccount.ORDERS, world.order(case_id).amount_fils)
    assert (entry.evidence_id, entry.gateway_ref) == (proof.id, settled.tranid)
    assert (settled.state, settled.next_check_at) == (_A.CAPTURED, None)
    assert world.history(world.order(case_id)) == ["start", "pay"]


@pytest.mark.parametrize("notified", [True, False])
def test_capture_without_the_payers_return_is_held_until_it_is_confirmed(
    world: World, case_id: UUID, attempt: PaymentAttempt, *, notified: bool
) -> None:
    message = world.gateway.captures(attempt.trackid)
    if notified:
        world.notify(message)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    assert not world.rows(LedgerEntry)
    assert world.status(case_id) is _S.AWAITING_PAYMENT
    world.clock.advance(seconds=61)
    assert world.step(case_id) is _S.PAID
    assert len(world.rows(LedgerEntry)) == 1


def test_held_capture_that_the_bank_takes_back_is_never_booked(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.notify(world.gateway.captures(attempt.trackid))
    world.settle(attempt)
    world.gateway.next_answers.append(_O.VOIDED)
    world.clock.advance(seconds=61)
    assert world.settle(attempt) is _A.VOIDED
    assert (world.rows(LedgerEntry), world.order(case_id).status) == ([], OrderStatus.OPEN)


def test_nobody_is_asked_before_the_time(world: World, case_id: UUID, attempt: PaymentAttempt) -> None:
    assert world.step(case_id) is _S.AWAITING_PAYMENT
    assert not world.gateway.inquiries
    world.clock.advance(seconds=31)
    world.step(case_id)
    assert world.gateway.inquiries == [attempt.trackid]


@pytest.mark.parametrize(("outcome", "state"), [(_O.DECLINED, _A.DECLINED), (_O.CANCELLED, _A.CANCELLED)])
def test_refused_payment_opens_the_order_again_and_the_next_is_charged_once(
    world: World, case_id: UUID, attempt: PaymentAttempt, *, outcome: EvidenceOutcome, state: AttemptState
) -> None:
    world.notify(world.gateway.refuses(attempt.trackid, outcome))
    assert world.settle(attempt) is state
    assert world.order(case_id).status is OrderStatus.OPEN
    world.pay(case_id)
    assert len(world.gateway.charges) == len(world.rows(LedgerEntry)) == 1
    assert world.status(case_id) is _S.PAID


def test_cancel_that_was_heard_ends_the_attempt_when_the_page_is_over(world: World, attempt: PaymentAttempt) -> None:
    world.notify(world.gateway.message(attempt.trackid, _O.CANCELLED))
    assert world.settle(attempt) is _A.VERIFYING
    world.clock.advance(minutes=16)
    assert world.settle(attempt) is _A.CANCELLED


def test_attempt_is_given_up_only_after_two_answers_far_enough_apart(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.clock.advance(minutes=1)
    assert world.settle(attempt) is _A.REDIRECTED  # the payer may still be on the way: this one does not count
    world.clock.advance(minutes=45)
    assert world.settle(attempt) is _A.REDIRECTED
    world.clock.advance(minutes=14)
    assert world.settle(attempt) is _A.REDIRECTED
    world.clock.advance(minutes=2)
    assert world.settle(attempt) is _A.ABANDONED
    assert world.order(case_id).status is OrderStatus.OPEN


@pytest.mark.parametrize("off_by", [1, -1])
def test_one_fil_of_difference_is_for_staff(world: World, case_id: UUID, attempt: PaymentAttempt, off_by: int) -> None:
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + off_by))
    assert world.settle(attempt) is _A.MISMATCH
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.REVIEW, _S.PAYMENT_REVIEW)
    assert not world.rows(LedgerEntry, credit=LedgerAccount.ORDERS)
    with pytest.raises(NotPayableError):
        world.start(case_id)


def test_host_timeout_is_unknown_and_time_alone_never_ends_it(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    assert world.settle(attempt) is _A.UNKNOWN
    for _ in range(4):
        world.clock.advance(days=2)
        assert world.step(case_id) is _S.AWAITING_PAYMENT
    assert world.get(PaymentAttempt, attempt.id).state is _A.UNKNOWN
    with pytest.raises(PaymentInProgressError):
        world.start(case_id)
    world.paid_at_the_bank(attempt)
    assert world.settle(attempt) is _A.CAPTURED


@pytest.mark.parametrize("outcome", [_O.TRANSPORT_ERROR, _O.CONFIG_ERROR, _O.IN_PROGRESS])
def test_answer_that_says_nothing_changes_nothing_and_is_asked_again(
    world: World, case_id: UUID, attempt: PaymentAttempt, outcome: EvidenceOutcome
) -> None:
    world.gateway.next_answers.append(outcome)
    assert world.settle(attempt) is _A.REDIRECTED
    asked = world.get(PaymentAttempt, attempt.id)
    assert asked.next_check_at is not None
    assert asked.next_check_at > world.clock.at
    assert world.history(world.order(case_id)) == ["start"]


def test_unpaid_order_lapses_with_its_case(world: World, case_id: UUID) -> None:
    world.clock.advance(days=7, seconds=1)
    assert world.step(case_id) is _S.CANCELLED
    assert world.order(case_id).status is OrderStatus.EXPIRED


@pytest.mark.parametrize("paid", [True, False])
def test_order_never_lapses_while_an_attempt_is_open(
    world: World, case_id: UUID, attempt: PaymentAttempt, *, paid: bool
) -> None:
    world.clock.advance(days=8)
    assert world.step(case_id) is _S.AWAITING_PAYMENT
    if paid:
        world.paid_at_the_bank(attempt)
    world.clock.advance(days=1)
    assert world.step(case_id) is (_S.PAID if paid else _S.CANCELLED)


def test_two_workers_that_ask_at_once_book_once(world: World, case_id: UUID, attempt: PaymentAttempt) -> None:
    world.paid_at_the_bank(attempt)
    assert at_once(*[lambda: world.settle(attempt)] * 2) == [_A.CAPTURED] * 2
    assert len(world.rows(LedgerEntry)) == 1
    assert world.history(world.case(case_id))[-1] == "pay"


def test_slow_worker_does_not_open_the_order_again_under_the_next_attempt(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.gateway.refuses(attempt.trackid, _O.DECLINED)

    def another_settles_it_and_the_payer_tries_again() -> None:
        world.settle(attempt)
        world.start(case_id)

    world.gateway.meanwhile = another_settles_it_and_the_payer_tries_again
    assert world.settle(attempt) is _A.DECLINED
    assert world.order(case_id).status is OrderStatus.IN_PROGRESS
    assert world.history(world.order(case_id)) == ["start", "reopen", "start"]


def test_capture_that_the_bank_reverses_later_is_for_staff(world: World, case_id: UUID) -> None:
    attempt = world.pay(case_id)
    world.gateway.next_answers.append(_O.VOIDED)
    assert world.settle(attempt) is _A.VOIDED
    assert world.order(case_id).status is OrderStatus.REVIEW


def test_answer_that_is_older_than_one_that_counted_is_kept_and_changes_nothing(
    world: World, attempt: PaymentAttempt
) -> None:
    """It is about how things stood before: its numbers, its silence and its place in the schedule do not count."""
    world.clock.advance(hours=1)
    before: list[PaymentAttempt] = []

    def another_asks() -> None:
        world.clock.advance(seconds=1)
        world.gateway.next_answers.append(_O.IN_PROGRESS)
        world.settle(attempt)
        before.append(world.get(PaymentAttempt, attempt.id))
        world.clock.advance(minutes=5)

    old = Evidence(_O.NOT_FOUND, attempt.trackid, paymentid="1", tranid="2", ref="3", auth="4", postdate="1123")
    world.gateway.next_answers.append(old)
    world.gateway.meanwhile = another_asks
    assert world.settle(attempt) is _A.REDIRECTED
    assert world.get(PaymentAttempt, attempt.id).model_dump() == before[0].model_dump()
    assert len(world.rows(GatewayEvidence, kind=EvidenceKind.INQUIRY)) == 2


def test_capture_that_the_file_does_not_show_and_the_bank_took_back_is_one_question(
    world: World, case_id: UUID
) -> None:
    attempt = world.pay(case_id)
    world.clock.advance(days=6)
    File(day=world.today).taken_in(world, name=f"{world.today}.csv")
    File(day=DAY).stranger().taken_in(world)
    assert world.rows(ReviewItem, kind=ReviewKind.NOT_SETTLED, resolved_at=None)
    world.gateway.next_answers.append(_O.VOIDED)
    assert world.settle(attempt) is _A.VOIDED
    assert [each.kind for each in world.rows(ReviewItem, order_id=attempt.order_id, resolved_at=None)] == [
        ReviewKind.REVERSED
    ]


def test_a_clock_that_was_days_ahead_once_makes_no_days_of_stale_answers(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.clock.advance(days=2)
    world.settle(attempt)
    world.clock.advance(days=-2)
    world.paid_at_the_bank(attempt)
    assert world.settle(attempt) is _A.CAPTURED
    asked_at = world.get(PaymentAttempt, attempt.id).asked_at
    assert asked_at is not None
    assert asked_at <= world.clock()
    assert world.run(case_id) is _S.COMPLETED


def test_a_page_is_asked_about_although_a_clock_was_days_ahead_once(world: World, attempt: PaymentAttempt) -> None:
    world.clock.advance(days=2)
    world.settle(attempt)
    world.clock.advance(days=-2)
    ask_about_order(world.ports, attempt.order_id, now=world.clock())
    due = world.get(PaymentAttempt, attempt.id).next_check_at
    assert due is not None
    assert due <= world.clock()

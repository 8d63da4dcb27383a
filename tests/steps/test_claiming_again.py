"""A payer who tried more than once, or whose money went back: the answer is about what counts now."""

from uuid import UUID

import pytest

from infra.holding import hold_case
from infra.payments.claiming import Answer, claim
from infra.payments.due import settle_due
from infra.payments.pauses import pause_by_staff
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.claim import ClaimOutcome
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderStatus
from models.payments.review import ReviewItem
from tests.settlement import File
from tests.world import World

_C, _O, _S = ClaimOutcome, EvidenceOutcome, CaseStatus
AGAIN = "can be paid on its page"


def say(world: World, text: str) -> Answer:
    return claim(world.ports, text, actor="sara")


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def declined(world: World, case_id: UUID) -> PaymentAttempt:
    attempt = world.start(case_id)
    world.gateway.refuses(attempt.trackid, _O.DECLINED)
    world.settle(attempt)
    return attempt


def another_sum_went_back(world: World, case_id: UUID) -> PaymentAttempt:
    """KNET took one dinar; it was refunded, and staff closed the question."""
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1_000))
    world.settle(attempt)
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    [item] = world.rows(ReviewItem, resolved_at=None)
    close_review(world.ports, item.id, actor="sara", resolution="told the payer")
    return attempt


def test_of_a_refunded_and_an_unknown_attempt_the_unknown_one_is_answered(world: World, case_id: UUID) -> None:
    another_sum_went_back(world, case_id)
    world.start(case_id)
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    answer = say(world, world.case(case_id).reference)
    assert (answer.outcome, answer.pay_url) == (_C.NOT_KNOWN_YET, "")


def test_of_declined_attempts_and_an_open_page_the_open_page_is_answered(
    world: World, case_id: UUID, declined: PaymentAttempt
) -> None:
    newest = world.start(case_id)
    answer = say(world, world.case(case_id).reference)
    assert (answer.outcome, answer.trackid, answer.pay_url) == (_C.NOT_KNOWN_YET, newest.trackid, "")
    older = say(world, declined.trackid)
    assert (older.outcome, older.pay_url) == (_C.NOT_TAKEN, "")
    assert "do not pay again" in older.words.en
    assert "لا تدفع مرة أخرى" in older.words.ar


def test_of_declined_attempts_the_newest_is_named(world: World, case_id: UUID, declined: PaymentAttempt) -> None:
    newest = world.start(case_id)
    world.gateway.refuses(newest.trackid, _O.DECLINED)
    answer = say(world, world.case(case_id).reference)
    assert (answer.outcome, answer.trackid) == (_C.NOT_TAKEN, newest.trackid)
    assert AGAIN in answer.words.en
    assert declined.trackid != newest.trackid


def test_nobody_whose_money_was_taken_and_went_back_is_told_that_none_was(world: World, case_id: UUID) -> None:
    another_sum_went_back(world, case_id)
    newest = world.start(case_id)
    world.gateway.refuses(newest.trackid, _O.DECLINED)
    answer = say(world, world.case(case_id).reference)
    assert (answer.outcome, answer.pay_url[-36:]) == (_C.RETURNED, str(world.order(case_id).id))
    assert AGAIN in answer.words.en


def test_payment_that_the_bank_took_and_gave_back_by_itself_is_not_called_untaken(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.refuses(attempt.trackid, _O.VOIDED)
    assert world.settle(attempt) is AttemptState.VOIDED
    answer = say(world, attempt.trackid)
    assert answer.outcome is _C.REVERSED
    assert "no money was taken" not in answer.words.en
    assert "لم يُخصم" not in answer.words.ar
    assert AGAIN in answer.words.en
    assert answer.pay_url.endswith(str(world.order(case_id).id))


def test_while_staff_look_into_a_reversed_payment_nobody_is_sent_to_pay(world: World) -> None:
    case_id = world.at(_S.COMPLETED)
    [attempt] = world.attempts(case_id)
    File().sale(attempt, reversed_=True).taken_in(world)
    world.gateway.refuses(attempt.trackid, _O.VOIDED)
    assert world.order(case_id).status is OrderStatus.REVIEW
    answer = say(world, attempt.trackid)
    assert (answer.outcome, answer.pay_url) == (_C.REVERSED, "")
    assert "Staff are looking at this payment" in answer.words.en


def test_while_payments_are_paused_nobody_is_sent_to_pay(world: World, declined: PaymentAttempt) -> None:
    pause_by_staff(world.ports, declined.gateway, actor="sara", reason="maintenance")
    answer = say(world, declined.trackid)
    assert (answer.outcome, answer.pay_url) == (_C.NOT_TAKEN, "")
    assert AGAIN not in answer.words.en
    assert "paused" in answer.words.en
    other = say(world, world.case(world.at(_S.AWAITING_PAYMENT)).reference)
    assert (other.outcome, other.pay_url) == (_C.NOT_PAID_YET, "")
    assert "متوقف" in other.words.ar


def test_while_staff_hold_the_case_nobody_is_sent_to_pay(world: World, case_id: UUID, declined: PaymentAttempt) -> None:
    hold_case(world.ports, case_id=case_id, actor="sara", reason="a doubt")
    answer = say(world, declined.trackid)
    assert (answer.outcome, answer.pay_url) == (_C.NOT_TAKEN, "")
    assert AGAIN not in answer.words.en
    assert "stopped this application" in answer.words.en


def test_money_that_is_about_to_go_back_is_not_said_to_pay_the_application(world: World) -> None:
    case_id = world.at(CaseStatus.PAID)
    order = world.order(case_id)
    whole = Money(order.amount_fils)
    refund = request_refund(world.ports, order.id, amount=None, believed_left=whole, reason="by mistake", actor="one")
    approve_refund(world.ports, refund, actor="two")
    assert world.order(case_id).status is OrderStatus.REFUND_PENDING
    assert say(world, world.case(case_id).reference).outcome is ClaimOutcome.WITH_STAFF
    world.settle_all()
    assert say(world, world.case(case_id).reference).outcome is ClaimOutcome.RETURNED

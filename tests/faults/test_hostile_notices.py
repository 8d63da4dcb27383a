"""Word of a capture that crosses an answer on its way, or comes when all seemed settled: it is followed up."""

import pytest

from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerEntry
from models.payments.review import ReviewItem
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus


@pytest.fixture
def attempt(world: World) -> PaymentAttempt:
    return world.start(world.at(_S.AWAITING_PAYMENT))


def told(world: World, attempt: PaymentAttempt, *, comes_back: bool = False) -> None:
    world.notify(world.gateway.captures(attempt.trackid))
    if comes_back:
        world.come_back(attempt)


def state_later(world: World, attempt: PaymentAttempt, **by: float) -> AttemptState:
    world.clock.advance(**by)
    world.settle_all()
    return world.get(PaymentAttempt, attempt.id).state


@pytest.mark.parametrize("comes_back", [True, False])
@pytest.mark.parametrize("stale", [_O.DECLINED, _O.CANCELLED, _O.VOIDED])
def test_notice_that_crosses_an_older_answer_is_not_forgotten(
    world: World, attempt: PaymentAttempt, stale: EvidenceOutcome, *, comes_back: bool
) -> None:
    world.gateway.next_answers.append(stale)
    world.gateway.meanwhile = lambda: told(world, attempt, comes_back=comes_back)
    assert world.settle(attempt) is _A(stale.value)
    assert state_later(world, attempt, seconds=61) is _A.CAPTURED


def test_notice_that_crosses_the_last_look_at_a_page_long_closed_is_not_left_for_half_a_day(
    world: World, attempt: PaymentAttempt
) -> None:
    world.clock.advance(hours=1)
    world.settle(attempt)
    world.clock.advance(hours=1)
    world.gateway.next_answers.append(_O.NOT_FOUND)
    world.gateway.meanwhile = lambda: told(world, attempt)
    assert world.settle(attempt) is _A.ABANDONED
    assert state_later(world, attempt, seconds=61) is _A.CAPTURED


@pytest.mark.parametrize("first", [_O.DECLINED, _O.TRANSPORT_ERROR])
def test_late_notice_is_followed_up_also_when_the_first_question_was_in_vain(
    world: World, attempt: PaymentAttempt, first: EvidenceOutcome
) -> None:
    world.gateway.next_answers.append(_O.DECLINED)
    world.settle(attempt)
    told(world, attempt)
    if first is _O.TRANSPORT_ERROR:
        world.clock.advance(seconds=61)
    world.gateway.next_answers.append(first)
    assert world.settle(attempt) is _A.DECLINED
    assert state_later(world, attempt, minutes=6) is _A.CAPTURED


def test_capture_after_a_decline_that_is_taken_back_unacknowledged_was_never_booked(
    world: World, attempt: PaymentAttempt
) -> None:
    world.gateway.next_answers.append(_O.DECLINED)
    world.settle(attempt)
    told(world, attempt)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED  # somebody claimed it at once
    del world.gateway.charges[attempt.trackid]
    world.gateway.refusals[attempt.trackid] = _O.VOIDED
    assert state_later(world, attempt, seconds=61) is _A.VOIDED
    assert (world.rows(LedgerEntry), world.rows(ReviewItem)) == ([], [])


def test_further_notices_do_not_put_the_question_off(world: World) -> None:
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    message = world.gateway.captures(attempt.trackid)
    for count in range(4):
        world.notify(message + b"&again=" + str(count).encode())
        world.clock.advance(seconds=50)
        world.settle_all()
    assert world.gateway.inquiries

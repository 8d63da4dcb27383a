"""When an attempt is asked about: the schedule, the moments that matter, and looking back on what was given up."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given

from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.checks import CHECKS, LOOKING_BACK, PaymentTerms, closes_at, is_on_schedule, next_check
from tests.machine_samples import AT
from tests.payment_samples import CLOSED, MINUTE, SECOND, TERMS, attempts, moments, standing

_S = AttemptState
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ASKED_ABOUT = {_S.CREATED, _S.REDIRECTED, _S.VERIFYING, _S.CAPTURED_UNCONFIRMED, _S.UNKNOWN}
WAITS = [
    30 * SECOND, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE,
    1 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR,
]  # fmt: skip


def after(attempt: PaymentAttempt, now: datetime) -> datetime | None:
    return next_check(attempt, now=now, terms=TERMS)


def test_an_open_attempt_is_asked_about_less_and_less_often_and_for_ever() -> None:
    later = CLOSED + DAY
    waits = [after(standing(_S.REDIRECTED, checks_done=done), later) for done in range(15)]
    assert [wait - later for wait in waits if wait] == [*WAITS, *[24 * HOUR] * 5]
    assert list(CHECKS) == WAITS


def test_a_check_between_two_of_the_schedule_uses_none_of_them_up() -> None:
    first, second = AT + WAITS[0], AT + WAITS[0] + WAITS[1]
    fresh, once = (standing(_S.REDIRECTED, created_at=AT, checks_done=done) for done in (0, 1))
    assert [is_on_schedule(fresh, now=now) for now in (first - SECOND, first)] == [False, True]
    assert [is_on_schedule(once, now=now) for now in (second - SECOND, second)] == [False, True]
    for done in (9, 10, 50):
        late = standing(_S.UNKNOWN, created_at=AT, checks_done=done)
        end = AT + sum(WAITS, timedelta(0))
        assert [is_on_schedule(late, now=now) for now in (end - SECOND, end)] == [False, True]


@pytest.mark.parametrize("state", _S)
def test_what_is_open_is_asked_about_and_what_was_given_up_is_looked_back_on(state: AttemptState) -> None:
    asked = after(standing(state, checks_done=1), AT)
    if state is _S.ABANDONED:
        assert asked == AT + 12 * HOUR
    else:
        assert asked == (
            AT + (MINUTE if state is _S.CAPTURED_UNCONFIRMED else 2 * MINUTE) if state in ASKED_ABOUT else None
        )


def test_what_was_given_up_is_looked_back_on_twice_a_day_until_three_days_after_its_page_closed() -> None:
    given_up = standing(_S.ABANDONED, checks_done=3, cancel_heard=True, not_found_since=AT)
    assert LOOKING_BACK == 3 * DAY
    last = CLOSED + 3 * DAY - 12 * HOUR
    assert after(given_up, last) == CLOSED + 3 * DAY
    assert after(given_up, last + SECOND) is None
    seen, now = 0, CLOSED
    while (moment := after(given_up, now)) is not None:
        seen, now = seen + 1, moment
    assert (seen, now) == (6, CLOSED + 3 * DAY)


@pytest.mark.parametrize("heard", ["held_since", "acknowledged_at"])
def test_a_held_capture_is_asked_about_as_soon_as_it_may_count(heard: str) -> None:
    held = standing(_S.CAPTURED_UNCONFIRMED, checks_done=4, **{heard: AT})
    assert after(held, AT) == AT + 60 * SECOND
    assert after(held, AT + 59 * SECOND) == AT + 60 * SECOND
    assert after(held, AT + 60 * SECOND) == CLOSED - 14 * MINUTE
    assert after(held, AT + 30 * MINUTE) == CLOSED


def test_a_newer_acknowledgement_puts_the_confirmation_off() -> None:
    held = standing(_S.CAPTURED_UNCONFIRMED, checks_done=4, held_since=AT, acknowledged_at=AT + MINUTE)
    assert after(held, AT) == AT + 2 * MINUTE


def test_only_a_held_capture_waits_for_its_confirmation() -> None:
    assert after(standing(_S.VERIFYING, checks_done=2, held_since=AT, acknowledged_at=AT), AT) == AT + 5 * MINUTE


def test_the_page_is_closed_when_its_time_and_the_grace_are_over() -> None:
    assert closes_at(standing(_S.REDIRECTED), terms=TERMS) == CLOSED


@pytest.mark.parametrize("state", [_S.CREATED, _S.REDIRECTED, _S.UNKNOWN])
def test_an_open_attempt_is_asked_about_when_its_page_closes(state: AttemptState) -> None:
    assert after(standing(state, checks_done=9), AT) == CLOSED
    assert after(standing(state, checks_done=9), CLOSED - SECOND) == CLOSED
    assert after(standing(state, checks_done=9), CLOSED) == CLOSED + DAY


def test_a_cancellation_that_was_heard_is_asked_about_when_it_may_be_believed() -> None:
    left = standing(_S.REDIRECTED, checks_done=9, cancel_heard=True)
    assert after(left, AT) == AT + 15 * MINUTE == left.page_expires_at
    assert after(left, AT + 15 * MINUTE) == AT + 15 * MINUTE + DAY


def test_what_was_not_found_is_asked_about_when_it_may_be_given_up() -> None:
    late = standing(_S.REDIRECTED, checks_done=9, not_found_since=CLOSED)
    assert after(late, CLOSED) == CLOSED + 15 * MINUTE
    assert after(late, CLOSED + 15 * MINUTE) == CLOSED + 15 * MINUTE + DAY


@given(attempts, moments)
def test_the_next_question_is_always_ahead_and_never_later_than_the_schedule(
    attempt: PaymentAttempt, now: datetime
) -> None:
    moment = after(attempt, now)
    if attempt.state in ASKED_ABOUT:
        assert moment is not None
        assert now < moment <= now + WAITS[min(attempt.checks_done, 9)]
    elif moment is not None:
        heard_at = attempt.acknowledged_at or attempt.held_since
        assert attempt.state is _S.ABANDONED or heard_at is not None
        assert now <= moment <= max(CLOSED + LOOKING_BACK, heard_at or now, now) + MINUTE


@pytest.mark.parametrize("heard", ["acknowledged_at", "held_since"])
@pytest.mark.parametrize("state", sorted(set(_S) - ASKED_ABOUT))
def test_what_was_told_to_be_captured_is_asked_about_once_more_when_that_is_final(
    state: AttemptState, heard: str
) -> None:
    told = standing(state, **{heard: CLOSED}, asked_at=CLOSED - SECOND)
    early = standing(state, **{heard: CLOSED}, asked_at=CLOSED + MINUTE - SECOND)
    assert after(told, CLOSED) == after(early, CLOSED) == CLOSED + MINUTE
    assert after(early, CLOSED + HOUR) == CLOSED + HOUR
    asked = standing(state, **{heard: CLOSED}, asked_at=CLOSED + MINUTE)
    back = standing(state, **{heard: CLOSED}, returned_at=CLOSED + SECOND, asked_at=CLOSED + SECOND)
    for each in (asked, back):
        assert after(each, CLOSED) == (CLOSED + 12 * HOUR if state is _S.ABANDONED else None)
    soon = standing(state, **{heard: CLOSED}, returned_at=CLOSED + SECOND, asked_at=CLOSED)
    assert after(soon, CLOSED) == CLOSED + SECOND


def test_of_a_settled_attempt_the_newest_acknowledgement_counts_and_not_when_it_was_held_first() -> None:
    told = standing(_S.DECLINED, acknowledged_at=CLOSED + HOUR, held_since=CLOSED)
    assert after(told, CLOSED) == CLOSED + HOUR + MINUTE


def test_terms_are_of_gateways_that_reverse_unless_they_say_otherwise() -> None:
    """Who forgets to say so waits for a confirmation too many, and never books money that is taken back."""
    assert PaymentTerms(MINUTE, MINUTE, MINUTE, MINUTE, DAY).gateway_reverses is True

"""What an answer of the gateway means, for every state of an attempt and every outcome there is."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.decision import CHECKS, WATCHED, Answer, PaymentTerms, closes_at, decide, next_check
from tests.machine_samples import AT, make_attempt

MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
TERMS = PaymentTerms(
    page_ttl=15 * MINUTE,
    grace=30 * MINUTE,
    confirm_after=60 * SECOND,
    not_found_apart=15 * MINUTE,
    order_valid=timedelta(days=7),
)
CLOSED = AT + 45 * MINUTE  # the page's quarter of an hour, and the grace

# Asked while the page is still open, nothing heard, no earlier answer; `-` changes nothing.
FIRST_ANSWER = """
outcome           created redirected   verifying    captured_unconfirmed unknown      captured declined cancelled abandoned voided   mismatch
captured          -       hold_capture hold_capture -                    hold_capture -        capture  capture   capture   capture  -
declined          -       decline      decline      void                 decline      -        -        -         -         -        -
cancelled         -       cancel       cancel       -                    cancel       -        -        -         -         -        -
in_progress       -       -            -            -                    -            -        -        -         -         -        -
not_found         -       -            -            -                    -            -        -        -         -         -        -
host_timeout      -       lose_sight   lose_sight   -                    -            -        -        -         -         -        -
voided            -       void         void         void                 void         void     -        -         -         -        -
refunded          -       lose_sight   lose_sight   -                    -            -        -        -         -         -        -
malformed         -       lose_sight   lose_sight   -                    -            -        -        -         -         -        -
transport_error   -       -            -            -                    -            -        -        -         -         -        -
config_error      -       -            -            -                    -            -        -        -         -         -        -
unrecognised      -       lose_sight   lose_sight   -                    -            -        -        -         -         -        -
"""  # noqa: E501 - a table

# The situations in which the same outcome means more than at first; `heard` moves a redirected attempt on before.
LATER_ANSWER = """
situation         created redirected   verifying    captured_unconfirmed unknown      captured declined cancelled abandoned voided   mismatch
captured_heard    -       -            capture      capture              capture      -        capture  capture   capture   capture  -
other_amount      -       mismatch     mismatch     mismatch             mismatch     -        mismatch mismatch  mismatch  mismatch -
never_known       abandon abandon      abandon      -                    -            -        -        -         -         -        -
cancel_heard      -       cancel       cancel       -                    cancel       -        -        -         -         -        -
"""  # noqa: E501 - a table


def read(table: str) -> dict[tuple[str, AttemptState], AttemptEvent | None]:
    heading, *rows = [line.split() for line in table.strip().splitlines()]
    states = [AttemptState(word) for word in heading[1:]]
    assert set(states) == set(AttemptState)
    return {
        (row[0], state): None if word == "-" else AttemptEvent(word)
        for row in rows
        for state, word in zip(states, row[1:], strict=True)
    }


FIRST, LATER = read(FIRST_ANSWER), read(LATER_ANSWER)
moments = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)).map(lambda later: AT + later)
attempts = st.builds(
    make_attempt,
    state=st.sampled_from(AttemptState),
    checks_done=st.integers(min_value=0, max_value=50),
    cancel_heard=st.booleans(),
    not_found_since=st.none() | moments,
    held_since=st.none() | moments,
    acknowledged_at=st.none() | moments,
    returned_at=st.none() | moments,
)


def answer(outcome: EvidenceOutcome, *, fils: int | None = 120_500, trackid: str = "R1") -> Answer:
    return Answer(outcome=outcome, trackid=trackid, amount_fils=fils)


def decided(attempt: PaymentAttempt, given: Answer, *, now: datetime = AT) -> AttemptEvent | None:
    return decide(attempt, given, now=now, terms=TERMS)


def test_the_table_has_every_outcome_and_every_state() -> None:
    assert {outcome for outcome, _ in FIRST} == {outcome.value for outcome in EvidenceOutcome}
    assert len(FIRST) == len(EvidenceOutcome) * len(AttemptState)


@pytest.mark.parametrize("outcome", EvidenceOutcome)
@pytest.mark.parametrize("state", AttemptState)
def test_the_first_answer_means_what_the_table_says(state: AttemptState, outcome: EvidenceOutcome) -> None:
    assert decided(make_attempt(state=state), answer(outcome)) is FIRST[outcome, state]


@pytest.mark.parametrize("state", AttemptState)
def test_a_capture_counts_once_the_payer_is_back_with_us(state: AttemptState) -> None:
    assert (
        decided(make_attempt(state=state, returned_at=AT), answer(EvidenceOutcome.CAPTURED))
        is LATER["captured_heard", state]
    )


@pytest.mark.parametrize("state", AttemptState)
@pytest.mark.parametrize("forged", [{"fils": 120_499}, {"fils": 120_501}, {"fils": None}, {"trackid": "R2"}], ids=str)
def test_a_capture_of_another_amount_or_payment_is_never_taken(state: AttemptState, forged: dict[str, object]) -> None:
    other = answer(EvidenceOutcome.CAPTURED, **forged)  # type: ignore[arg-type]
    assert decided(make_attempt(state=state, returned_at=AT), other) is LATER["other_amount", state]
    assert decided(make_attempt(state=state), other) is LATER["other_amount", state]


@pytest.mark.parametrize("state", AttemptState)
def test_a_payment_that_was_never_known_is_given_up_long_after_its_page_closed(state: AttemptState) -> None:
    attempt = make_attempt(state=state, not_found_since=AT)
    assert decided(attempt, answer(EvidenceOutcome.NOT_FOUND), now=CLOSED) is LATER["never_known", state]


@pytest.mark.parametrize("state", AttemptState)
def test_a_cancellation_that_was_heard_is_believed_once_the_page_is_closed(state: AttemptState) -> None:
    attempt = make_attempt(state=state, cancel_heard=True)
    assert decided(attempt, answer(EvidenceOutcome.NOT_FOUND), now=AT + 15 * MINUTE - SECOND) is None
    assert decided(attempt, answer(EvidenceOutcome.NOT_FOUND), now=AT + 15 * MINUTE) is LATER["cancel_heard", state]


@pytest.mark.parametrize(
    ("not_found_since", "now"),
    [
        (None, CLOSED + timedelta(days=30)),  # the first time that it is not found, however late
        (AT, CLOSED - SECOND),  # long not found, and the page may still be open
        (CLOSED - 15 * MINUTE + SECOND, CLOSED),  # closed, and the two answers too near each other
    ],
)
def test_giving_up_needs_the_closed_page_and_two_answers_apart(not_found_since: datetime | None, now: datetime) -> None:
    assert decided(make_attempt(not_found_since=not_found_since), answer(EvidenceOutcome.NOT_FOUND), now=now) is None


@pytest.mark.parametrize("heard", ["held_since", "acknowledged_at"])
def test_a_held_capture_counts_from_the_first_inquiry_that_is_late_enough(heard: str) -> None:
    attempt = make_attempt(state=AttemptState.CAPTURED_UNCONFIRMED, **{heard: AT})
    assert decided(attempt, answer(EvidenceOutcome.CAPTURED), now=AT + 60 * SECOND - SECOND) is None
    assert decided(attempt, answer(EvidenceOutcome.CAPTURED), now=AT + 60 * SECOND) is AttemptEvent.CAPTURE


def test_a_held_capture_that_the_bank_reverses_is_void_and_never_declined() -> None:
    held = make_attempt(state=AttemptState.CAPTURED_UNCONFIRMED, held_since=AT)
    assert decided(held, answer(EvidenceOutcome.DECLINED), now=AT + MINUTE) is AttemptEvent.VOID
    assert decided(held, answer(EvidenceOutcome.VOIDED), now=AT + MINUTE) is AttemptEvent.VOID


@given(
    st.sampled_from(AttemptState),
    st.sampled_from([EvidenceOutcome.MALFORMED, EvidenceOutcome.UNRECOGNISED, EvidenceOutcome.HOST_TIMEOUT]),
    moments,
)
def test_an_answer_that_we_cannot_read_never_fails_a_payment(
    state: AttemptState, outcome: EvidenceOutcome, now: datetime
) -> None:
    attempt = make_attempt(state=state, not_found_since=AT, cancel_heard=True)
    assert decided(attempt, answer(outcome), now=now) in {None, AttemptEvent.LOSE_SIGHT}


@given(
    st.sampled_from(
        [
            EvidenceOutcome.IN_PROGRESS,
            EvidenceOutcome.NOT_FOUND,
            EvidenceOutcome.TRANSPORT_ERROR,
            EvidenceOutcome.CONFIG_ERROR,
            EvidenceOutcome.HOST_TIMEOUT,
        ]
    ),
    moments,
)
def test_time_alone_never_settles_what_we_lost_sight_of(outcome: EvidenceOutcome, now: datetime) -> None:
    lost = make_attempt(state=AttemptState.UNKNOWN, not_found_since=AT, acknowledged_at=AT, held_since=AT)
    assert decided(lost, answer(outcome), now=now) is None
    assert next_check(lost, now=now, terms=TERMS) is not None


@given(attempts, st.sampled_from(EvidenceOutcome), moments)
def test_whatever_is_decided_the_machine_allows(
    attempt: PaymentAttempt, outcome: EvidenceOutcome, now: datetime
) -> None:
    event = decided(attempt, answer(outcome), now=now)
    assert event is None or ATTEMPT.allows(attempt.state, event)
    assert event is not AttemptEvent.HEAR


def test_an_open_attempt_is_asked_about_less_and_less_often_and_for_ever() -> None:
    waits = [next_check(make_attempt(checks_done=done), now=CLOSED, terms=TERMS) for done in range(len(CHECKS) + 5)]
    assert [wait - CLOSED for wait in waits if wait] == [*CHECKS, *[CHECKS[-1]] * 5]
    assert list(CHECKS) == sorted(CHECKS)
    assert CHECKS[0] == 30 * SECOND
    assert CHECKS[-1] == timedelta(days=1)


@pytest.mark.parametrize("state", AttemptState)
def test_only_what_is_open_is_asked_about_again(state: AttemptState) -> None:
    assert (next_check(make_attempt(state=state), now=AT, terms=TERMS) is None) == (state not in WATCHED)
    assert LIVE - {AttemptState.CREATED} == WATCHED


def test_a_held_capture_is_asked_about_as_soon_as_it_may_count() -> None:
    held = make_attempt(state=AttemptState.CAPTURED_UNCONFIRMED, checks_done=4, held_since=AT)
    assert next_check(held, now=AT, terms=TERMS) == AT + 60 * SECOND
    assert next_check(held, now=AT + 2 * MINUTE, terms=TERMS) == AT + 2 * MINUTE + CHECKS[4]


def test_what_was_not_found_is_asked_about_when_it_may_be_given_up() -> None:
    lost = make_attempt(checks_done=9)
    assert next_check(lost, now=AT + 11 * MINUTE, terms=TERMS) == CLOSED == closes_at(lost, terms=TERMS)
    left = make_attempt(checks_done=9, cancel_heard=True)
    assert next_check(left, now=AT, terms=TERMS) == left.page_expires_at
    late = make_attempt(checks_done=9, not_found_since=CLOSED)
    assert next_check(late, now=CLOSED, terms=TERMS) == CLOSED + 15 * MINUTE


@given(attempts.filter(lambda attempt: attempt.state in WATCHED), moments)
def test_the_next_question_is_always_ahead_and_never_later_than_the_schedule(
    attempt: PaymentAttempt, now: datetime
) -> None:
    moment = next_check(attempt, now=now, terms=TERMS)
    assert moment is not None
    assert now < moment <= now + CHECKS[min(attempt.checks_done, len(CHECKS) - 1)]

"""What holds of every decision, whatever the attempt went through and whatever comes."""

from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from models.payments.attempt import ATTEMPT, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.decision import RANK, Answer, Decision, Effect
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.review import ReviewKind
from tests.machine_samples import AT
from tests.payment_samples import DUE, answer, answers, answers_that, attempts, attempts_in, decided, moments, standing

_E, _K, _O, _S = AttemptEvent, EvidenceKind, EvidenceOutcome, AttemptState

SETTLED = [_S.CAPTURED, _S.DECLINED, _S.CANCELLED, _S.ABANDONED, _S.VOIDED, _S.MISMATCH]
ALL_BUT_NOTICES = [each for each in _K if each is not _K.CALLBACK]
UNASKED = [_K.CALLBACK, _K.ERROR_RETURN, _K.REFUND_REPLY]
SILENT = [each for each in _O if each not in {_O.CAPTURED, _O.DECLINED, _O.CANCELLED, _O.VOIDED}]
"""What does not say what became of the money."""

BOOKS = {Effect.BOOK_CAPTURE, Effect.BOOK_MISMATCH, Effect.BOOK_REVERSAL}


def carried_out(attempt: PaymentAttempt, given_answer: Answer, decision: Decision, *, now: datetime) -> None:
    """What the attempt keeps of a decision."""
    if decision.event is None:
        return
    attempt.state = ATTEMPT.after(attempt.state, decision.event)
    attempt.decided_by = given_answer.kind
    if decision.event in {_E.CAPTURE, _E.MISMATCH}:
        attempt.captured_at, attempt.captured_fils = now, given_answer.amount_fils


@given(attempts, answers, moments)
def test_whatever_is_decided_the_machine_allows(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    event = decided(attempt, told, now=now).event
    assert event is None or ATTEMPT.allows(attempt.state, event)
    assert event is not _E.REDIRECT
    assert event is not _E.HEAR or told.kind is _K.CALLBACK


@given(attempts, answers, moments)
def test_the_books_are_written_exactly_when_money_moved(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    decision = decided(attempt, told, now=now)
    booked = attempt.captured_at is not None
    assert (Effect.BOOK_CAPTURE in decision.effects) == (decision.event is _E.CAPTURE)
    assert (Effect.BOOK_MISMATCH in decision.effects) == (decision.event is _E.MISMATCH)
    assert (Effect.BOOK_REVERSAL in decision.effects) == (decision.event is _E.VOID and booked)
    assert (Effect.ASK in decision.effects) == (told.kind in UNASKED)
    assert len(decision.effects) <= 1
    assert (decision.review is ReviewKind.MISMATCH) == (decision.event is _E.MISMATCH)


@given(attempts, answers_that(kinds=UNASKED), moments)
def test_what_comes_unasked_alone_never_captures_or_ends_anything(
    attempt: PaymentAttempt, told: Answer, now: datetime
) -> None:
    decision = decided(attempt, told, now=now)
    assert decision.event in {None, _E.HEAR}
    assert decision.effects == (Effect.ASK,)
    assert decision.review is None


@given(attempts, answers, moments)
def test_only_our_own_payment_of_the_very_sum_is_captured(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    if decided(attempt, told, now=now).event in {_E.CAPTURE, _E.HOLD_CAPTURE}:
        assert (told.outcome, told.trackid, told.amount_fils) == (_O.CAPTURED, attempt.trackid, attempt.amount_fils)


@given(
    attempts_in(*SETTLED, decided_by=st.sampled_from(_K)),
    answers_that(kinds=ALL_BUT_NOTICES),
    moments,
)
def test_nothing_that_weighs_less_undoes_what_was_decided(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    decision = decided(attempt, told, now=now)
    if attempt.decided_by is not None and RANK[told.kind] < RANK[attempt.decided_by]:
        assert decision.event is None
        assert not BOOKS & set(decision.effects)


@given(attempts, answers, moments, moments)
def test_a_stale_inquiry_changes_nothing(
    attempt: PaymentAttempt, told: Answer, counted: datetime, now: datetime
) -> None:
    attempt.asked_at = max(counted, told.asked_at)
    if told.kind is _K.INQUIRY and told.asked_at < attempt.asked_at:
        assert decided(attempt, told, now=now) == Decision()


@given(
    attempts_in(_S.UNKNOWN, cancel_heard=st.just(value=False)),
    st.lists(st.tuples(answers_that(kinds=ALL_BUT_NOTICES, outcomes=SILENT), moments), max_size=8),
)
def test_an_unknown_is_never_ended_by_time_alone(attempt: PaymentAttempt, story: list[tuple[Answer, datetime]]) -> None:
    """However long nobody says what became of the money, it is never taken for declined, cancelled or given up.

    Callbacks are left out: they only have it looked into again.
    """
    for told, now in sorted(story, key=lambda step: step[1]):
        carried_out(attempt, told, decided(attempt, told, now=now), now=now)
    assert attempt.state is _S.UNKNOWN


@given(attempts, answers_that(outcomes=SILENT), moments)
def test_what_does_not_say_what_became_of_the_money_ends_only_a_page_that_was_never_paid_on(
    attempt: PaymentAttempt, told: Answer, now: datetime
) -> None:
    event = decided(attempt, told, now=now).event
    assert event in {None, _E.HEAR, _E.LOSE_SIGHT, _E.ABANDON, _E.CANCEL}
    if event in {_E.ABANDON, _E.CANCEL}:
        assert told.outcome is _O.NOT_FOUND
        assert attempt.page_expires_at <= now
        assert attempt.cancel_heard or attempt.not_found_since is not None


@given(attempts, answers, moments)
def test_the_same_answer_twice_books_nothing_twice(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    first = decided(attempt, told, now=now)
    carried_out(attempt, told, first, now=now)
    again = decided(attempt, told, now=now)
    if BOOKS & set(first.effects):
        assert again.event is None
        assert not BOOKS & set(again.effects)


@given(st.lists(st.tuples(answers, moments), max_size=12))
def test_no_story_of_evidence_books_one_attempt_twice(story: list[tuple[Answer, datetime]]) -> None:
    attempt = standing(_S.REDIRECTED)
    booked = reversed_ = 0
    for told, now in sorted(story, key=lambda step: step[1]):
        decision = decided(attempt, told, now=now)
        carried_out(attempt, told, decision, now=now)
        booked += bool({Effect.BOOK_CAPTURE, Effect.BOOK_MISMATCH} & set(decision.effects))
        reversed_ += Effect.BOOK_REVERSAL in decision.effects
        assert reversed_ <= booked <= 1
    assert (attempt.captured_at is not None) == (booked == 1)


@given(attempts, answers, moments)
def test_deciding_changes_nothing_by_itself(attempt: PaymentAttempt, told: Answer, now: datetime) -> None:
    before = attempt.model_dump()
    assert decided(attempt, told, now=now) == decided(attempt, told, now=now)
    assert attempt.model_dump() == before


@given(st.sampled_from(SETTLED), moments)
def test_a_payment_that_the_file_shows_is_never_lost(state: AttemptState, now: datetime) -> None:
    """It is booked, was booked already, or staff have the question."""
    told = answer(_O.CAPTURED, _K.SETTLEMENT_LINE, amount_fils=DUE, asked_at=AT)
    decision = decided(standing(state), told, now=now)
    assert state is _S.CAPTURED or Effect.BOOK_CAPTURE in decision.effects or decision.review is not None

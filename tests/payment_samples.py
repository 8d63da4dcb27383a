"""What tests of payment decisions share: tables as text, answers, attempts that came to where they stand, and terms."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from models.payments.attempt import AttemptEvent, AttemptState, PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.decision import Answer, Decision, Effect, decide
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.review import ReviewKind
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
DUE, LESS = 120_500, 120_499

_E, _F, _R = AttemptEvent, Effect, ReviewKind
WORDS = {
    "-": Decision(),
    "ask": Decision(effects=(_F.ASK,)),
    "hear": Decision(event=_E.HEAR, effects=(_F.ASK,)),
    "hold": Decision(event=_E.HOLD_CAPTURE),
    "take": Decision(event=_E.CAPTURE, effects=(_F.BOOK_CAPTURE,)),
    "other": Decision(event=_E.MISMATCH, effects=(_F.BOOK_MISMATCH,), review=_R.MISMATCH),
    "decline": Decision(event=_E.DECLINE),
    "cancel": Decision(event=_E.CANCEL),
    "abandon": Decision(event=_E.ABANDON),
    "lose": Decision(event=_E.LOSE_SIGHT),
    "void": Decision(event=_E.VOID),  # nothing had been booked
    "back": Decision(event=_E.VOID, effects=(_F.BOOK_REVERSAL,)),
    "undo": Decision(event=_E.VOID, effects=(_F.BOOK_REVERSAL,), review=_R.REVERSED),
    "odd": Decision(review=_R.CONTRADICTION),
    "late": Decision(review=_R.UNKNOWN_OUTCOME),
    "lose+late": Decision(event=_E.LOSE_SIGHT, review=_R.UNKNOWN_OUTCOME),
    "hold+late": Decision(event=_E.HOLD_CAPTURE, review=_R.UNKNOWN_OUTCOME),
}
"""The words of the tables."""

_HELD = {"held": AttemptState.CAPTURED_UNCONFIRMED}
Table = dict[tuple[str, AttemptState], Decision]


def read(table: str) -> Table:
    """Rows by their first word, columns by state; every state has a column."""
    heading, *rows = [line.split() for line in table.strip().splitlines()]
    states = [_HELD.get(word) or AttemptState(word) for word in heading[1:]]
    assert set(states) == set(AttemptState)
    return {(row[0], state): WORDS[word] for row in rows for state, word in zip(states, row[1:], strict=True)}


def standing(state: AttemptState, **different: Any) -> PaymentAttempt:
    """An attempt that came there in the ordinary way: a capture, or one of another sum, is booked."""
    booked = {AttemptState.CAPTURED: DUE, AttemptState.MISMATCH: LESS}.get(state)
    given = {"captured_at": AT if booked else None, "captured_fils": booked}
    return make_attempt(state=state, **{**given, **different})


def answer(outcome: EvidenceOutcome, kind: EvidenceKind = EvidenceKind.INQUIRY, **different: Any) -> Answer:
    """Its track id and sum are equal to the attempt's and never the same objects, as when they come from outside."""
    given = {"trackid": "R1", "amount_fils": DUE, "asked_at": AT, **different}
    given["trackid"] = given["trackid"].encode().decode()
    if given["amount_fils"] is not None:
        given["amount_fils"] = int(str(given["amount_fils"]))
    return Answer(kind=kind, outcome=outcome, **given)


def decided(attempt: PaymentAttempt, given: Answer, *, now: datetime = AT, terms: PaymentTerms = TERMS) -> Decision:
    return decide(attempt, given, now=now, terms=terms)


moments = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=400)).map(lambda later: AT + later)


def attempts_in(*states: AttemptState, **fixed: st.SearchStrategy[Any]) -> st.SearchStrategy[PaymentAttempt]:
    """Attempts with any past that is possible or not, in one of these states."""
    free: dict[str, st.SearchStrategy[Any]] = {
        "decided_by": st.none() | st.sampled_from(EvidenceKind),
        "checks_done": st.integers(min_value=0, max_value=50),
        "cancel_heard": st.booleans(),
        "asked_at": st.none() | moments,
        "not_found_since": st.none() | moments,
        "held_since": st.none() | moments,
        "acknowledged_at": st.none() | moments,
        "returned_at": st.none() | moments,
    }
    return st.builds(standing, st.sampled_from(states), **{**free, **fixed})


def answers_that(
    *,
    kinds: Collection[EvidenceKind] = tuple(EvidenceKind),
    outcomes: Collection[EvidenceOutcome] = tuple(EvidenceOutcome),
) -> st.SearchStrategy[Answer]:
    """Answers of these ways and outcomes, most of them of our payment and its sum."""
    return st.builds(
        Answer,
        kind=st.sampled_from(list(kinds)),
        outcome=st.sampled_from(list(outcomes)),
        trackid=st.sampled_from(["R1", "R1", "R1", "R2"]),
        amount_fils=st.sampled_from([DUE, DUE, LESS, DUE + 1, None]),
        asked_at=moments,
    )


attempts = attempts_in(*AttemptState)
answers = answers_that()

"""What evidence means: by which way it came, for every state of an attempt and every outcome there is."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.payments.attempt import AttemptState
from models.payments.checks import PaymentTerms
from models.payments.decision import RANK, Answer, Decision
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from tests.machine_samples import AT
from tests.payment_samples import (
    CLOSED,
    DUE,
    LESS,
    MINUTE,
    SECOND,
    TERMS,
    WORDS,
    Table,
    answer,
    decided,
    read,
    standing,
)

_K, _O, _S = EvidenceKind, EvidenceOutcome, AttemptState

# Asked while the page is still open, nothing heard before, the gateway may reverse what it captured.
INQUIRY = """
outcome         created redirected verifying held    unknown captured declined cancelled abandoned voided mismatch
captured        hold    hold       hold      -       hold    -        hold     hold      hold      hold   odd
declined        decline decline    decline   void    decline odd      -        -         -         -      -
cancelled       -       cancel     cancel    void    cancel  odd      -        -         -         -      -
in_progress     -       -          -         -       -       -        -        -         -         -      -
not_found       -       -          -         -       -       -        -        -         -         -      -
host_timeout    -       lose       lose      -       -       -        -        -         -         -      -
voided          void    void       void      void    void    undo     -        -         -         -      back
refunded        -       lose       lose      -       -       -        -        -         -         -      -
malformed       -       lose       lose      -       -       -        -        -         -         -      -
transport_error -       -          -         -       -       -        -        -         -         -      -
config_error    -       -          -         -       -       -        -        -         -         -      -
unrecognised    -       lose       lose      -       -       -        -        -         -         -      -
not_sent        -       -          -         -       -       -        -        -         -         -      -
"""

# What the bank's file and two members of staff say needs no confirmation; all else means what an inquiry means.
FILE_OR_STAFF = """
outcome         created redirected verifying held    unknown captured declined cancelled abandoned voided mismatch
captured        take    take       take      take    take    -        take     take      take      take   odd
"""

# A notice is a reason to ask, whatever it says; a browser's word, or a refund's reply, does not even move it on.
HEARD = """
way             created redirected verifying held    unknown captured declined cancelled abandoned voided mismatch
callback        hear    hear       ask       ask     hear    ask      ask      ask       hear      ask    ask
error_return    ask     ask        ask       ask     ask     ask      ask      ask       ask       ask    ask
refund_reply    ask     ask        ask       ask     ask     ask      ask      ask       ask       ask    ask
"""

# The situations in which an inquiry means more than at first.
LATER = """
situation       created redirected verifying held    unknown captured declined cancelled abandoned voided mismatch
confirmed       take    take       take      take    take    -        take     take      take      take   odd
other_sum       other   other      other     other   other   odd      other    other     other     other  odd
same_other_sum  other   other      other     other   other   odd      other    other     other     other  -
never_known     abandon abandon    abandon   -       -       -        -        -         -         -      -
cancel_heard    -       cancel     cancel    -       cancel  -        -        -         -         -      -
"""

# The tenth answer, the last of the schedule, when still nobody knows what became of the money.
LAST = """
outcome         created   redirected verifying held unknown   captured declined cancelled abandoned voided mismatch
captured        hold+late hold+late  hold+late late hold+late -        hold     hold      hold      hold   odd
declined        decline   decline    decline   void decline   odd      -        -         -         -      -
in_progress     late      late       late      late late      -        -        -         -         -      -
not_found       late      late       late      late late      -        -        -         -         -      -
host_timeout    late      lose+late  lose+late late late      -        -        -         -         -      -
transport_error late      late       late      late late      -        -        -         -         -      -
"""

FIRST, ALL_SURE = read(INQUIRY), read(INQUIRY) | read(FILE_OR_STAFF)
BY_WAY, IN_SITUATION, AT_LAST = read(HEARD), read(LATER), read(LAST)
each_outcome = pytest.mark.parametrize("outcome", _O)


def row(table: Table, name: str) -> dict[AttemptState, Decision]:
    return {state: table[name, state] for state in _S}


def found(
    given: Answer, *, now: datetime = AT, terms: PaymentTerms = TERMS, **past: Any
) -> dict[AttemptState, Decision]:
    """What the answer means in every state, of attempts with this past."""
    return {state: decided(standing(state, **past), given, now=now, terms=terms) for state in _S}


def test_the_tables_have_every_outcome_and_every_way() -> None:
    assert {outcome for outcome, _ in FIRST} == {outcome.value for outcome in _O}
    assert {way for way, _ in BY_WAY} | {"inquiry", "operator", "settlement_line"} == {kind.value for kind in _K}


@each_outcome
def test_the_first_answer_means_what_the_table_says(outcome: EvidenceOutcome) -> None:
    assert found(answer(outcome)) == row(FIRST, outcome)


@each_outcome
@pytest.mark.parametrize("kind", [_K.OPERATOR, _K.SETTLEMENT_LINE])
def test_the_file_and_staff_decide_at_once(kind: EvidenceKind, outcome: EvidenceOutcome) -> None:
    assert found(answer(outcome, kind)) == row(ALL_SURE, outcome)


@each_outcome
@pytest.mark.parametrize("kind", [_K.CALLBACK, _K.ERROR_RETURN, _K.REFUND_REPLY])
def test_what_came_unasked_only_has_us_ask(kind: EvidenceKind, outcome: EvidenceOutcome) -> None:
    long_past = {"returned_at": AT, "cancel_heard": True, "not_found_since": AT, "checks_done": 20, "asked_at": CLOSED}
    for past in ({}, long_past):
        assert found(answer(outcome, kind), now=CLOSED, **past) == row(BY_WAY, kind)
        assert found(answer(outcome, kind, trackid="R2", amount_fils=None), **past) == row(BY_WAY, kind)


def test_a_capture_counts_once_the_payer_is_back_with_us() -> None:
    assert found(answer(_O.CAPTURED), returned_at=AT) == row(IN_SITUATION, "confirmed")


def test_a_capture_counts_at_once_where_the_gateway_never_reverses() -> None:
    keeps = replace(TERMS, gateway_reverses=False)
    assert found(answer(_O.CAPTURED), terms=keeps) == row(IN_SITUATION, "confirmed")


@pytest.mark.parametrize("heard", ["held_since", "acknowledged_at"])
@pytest.mark.parametrize("state", [each for each in _S if each not in {_S.CAPTURED, _S.MISMATCH}])
def test_a_capture_counts_from_the_first_inquiry_that_is_late_enough(state: AttemptState, heard: str) -> None:
    """By when we asked, not by when the answer was here."""
    attempt = standing(state, **{heard: AT})
    soon, late = AT + 59 * SECOND, AT + 60 * SECOND
    waiting = FIRST["captured", state]
    assert decided(attempt, answer(_O.CAPTURED, asked_at=soon), now=late + MINUTE) == waiting
    assert decided(attempt, answer(_O.CAPTURED, asked_at=late), now=late) == WORDS["take"]


def test_the_newest_acknowledgement_counts_and_not_when_it_was_held_first() -> None:
    held = standing(_S.CAPTURED_UNCONFIRMED, held_since=AT, acknowledged_at=AT + MINUTE)
    assert decided(held, answer(_O.CAPTURED, asked_at=AT + 90 * SECOND)) == WORDS["-"]
    assert decided(held, answer(_O.CAPTURED, asked_at=AT + 120 * SECOND)) == WORDS["take"]


def test_a_return_after_the_question_confirms_nothing() -> None:
    held = standing(_S.CAPTURED_UNCONFIRMED, held_since=AT, returned_at=AT + 10 * SECOND)
    assert decided(held, answer(_O.CAPTURED, asked_at=AT + 9 * SECOND), now=AT + MINUTE) == WORDS["-"]
    assert decided(held, answer(_O.CAPTURED, asked_at=AT + 10 * SECOND), now=AT + MINUTE) == WORDS["take"]


@pytest.mark.parametrize("kind", [_K.INQUIRY, _K.OPERATOR, _K.SETTLEMENT_LINE])
@pytest.mark.parametrize("sum_fils", [LESS - 1, DUE + 1, 0, None])
def test_a_capture_of_another_sum_is_never_taken(kind: EvidenceKind, sum_fils: int | None) -> None:
    given = answer(_O.CAPTURED, kind, amount_fils=sum_fils)
    assert found(given) == found(given, returned_at=AT) == row(IN_SITUATION, "other_sum")


def test_a_capture_of_one_fil_less_is_another_sum_and_is_known_when_it_is_told_again() -> None:
    assert found(answer(_O.CAPTURED, amount_fils=LESS), returned_at=AT) == row(IN_SITUATION, "same_other_sum")


@pytest.mark.parametrize("other", ["R2", "Q9", ""])
def test_a_capture_under_another_track_id_is_never_taken(other: str) -> None:
    assert found(answer(_O.CAPTURED, trackid=other), returned_at=AT) == row(IN_SITUATION, "other_sum")


@pytest.mark.parametrize("outcome", [outcome for outcome in _O if outcome is not _O.CAPTURED])
@pytest.mark.parametrize("other", ["R2", "Q9", ""])
def test_what_became_of_somebody_elses_payment_is_nothing_to_us(outcome: EvidenceOutcome, other: str) -> None:
    given = answer(outcome, trackid=other)
    nothing = found(given, now=CLOSED, not_found_since=AT, cancel_heard=True)
    assert set(nothing.values()) == {WORDS["-"]}
    assert found(given, checks_done=9) == row(AT_LAST, "in_progress")  # of ours we know as little as before


def test_a_payment_that_was_never_known_is_given_up_long_after_its_page_closed() -> None:
    assert found(answer(_O.NOT_FOUND), now=CLOSED, not_found_since=AT) == row(IN_SITUATION, "never_known")


@pytest.mark.parametrize(
    ("not_found_since", "now"),
    [
        (None, CLOSED + timedelta(days=30)),  # the first time that it is not found, however late
        (AT, CLOSED - SECOND),  # long not found, and the page may still be open
        (CLOSED - 15 * MINUTE + SECOND, CLOSED),  # closed, and the two answers too near each other
    ],
)
def test_giving_up_needs_the_closed_page_and_two_answers_apart(not_found_since: datetime | None, now: datetime) -> None:
    attempt = standing(_S.REDIRECTED, not_found_since=not_found_since)
    assert decided(attempt, answer(_O.NOT_FOUND), now=now) == WORDS["-"]


def test_two_answers_are_apart_enough_to_the_second() -> None:
    attempt = standing(_S.REDIRECTED, not_found_since=CLOSED)
    assert decided(attempt, answer(_O.NOT_FOUND), now=CLOSED + 15 * MINUTE) == WORDS["abandon"]


def test_a_cancellation_that_was_heard_is_believed_once_the_page_is_closed() -> None:
    closed = AT + 15 * MINUTE
    given = answer(_O.NOT_FOUND)
    assert found(given, now=closed, cancel_heard=True) == row(IN_SITUATION, "cancel_heard")
    assert found(given, now=closed - SECOND, cancel_heard=True) == row(FIRST, "not_found")


@pytest.mark.parametrize("kind", [_K.INQUIRY, _K.OPERATOR, _K.SETTLEMENT_LINE])
def test_money_that_was_booked_and_taken_back_is_not_booked_again(kind: EvidenceKind) -> None:
    taken_back = standing(_S.VOIDED, captured_at=AT, captured_fils=DUE)
    assert decided(taken_back, answer(_O.CAPTURED, kind)) == WORDS["odd"]
    assert decided(taken_back, answer(_O.CAPTURED, kind, amount_fils=LESS)) == WORDS["odd"]
    assert decided(taken_back, answer(_O.VOIDED, kind)) == WORDS["-"]


@pytest.mark.parametrize("outcome", sorted({outcome for outcome, _ in AT_LAST}))
def test_staff_find_out_when_the_whole_schedule_has_not_told(outcome: str) -> None:
    given = answer(_O(outcome))
    for done in (9, 10, 50):
        assert found(given, checks_done=done) == row(AT_LAST, outcome)
    assert found(given, checks_done=8) == row(FIRST, outcome)


# What was decided by the row's way, and what the column's way says against it; `stands` puts a question to staff.
PRECEDENCE = """
decided_by      inquiry operator settlement_line
error_return    moves   moves    moves
callback        moves   moves    moves
refund_reply    moves   moves    moves
inquiry         moves   moves    moves
operator        stands  moves    moves
settlement_line stands  stands   moves
"""
_HEADING, *_ROWS = [line.split() for line in PRECEDENCE.strip().splitlines()]
AGAINST = [
    (_K(row[0]), _K(way), word) for row in _ROWS for way, word in zip(_HEADING[1:], row[1:], strict=True)
]  # fmt: skip


@pytest.mark.parametrize(("decided_by", "kind", "word"), AGAINST)
@pytest.mark.parametrize(
    "case",
    [
        (_S.DECLINED, {"outcome": _O.CAPTURED}, "take"),
        (_S.ABANDONED, {"outcome": _O.CAPTURED, "amount_fils": LESS}, "other"),
        (_S.CAPTURED, {"outcome": _O.VOIDED}, "undo"),
        (_S.MISMATCH, {"outcome": _O.VOIDED}, "back"),
    ],
    ids=lambda case: str(case[0]),
)
def test_what_was_decided_stands_against_all_that_weighs_less(
    decided_by: EvidenceKind, kind: EvidenceKind, word: str, case: tuple[AttemptState, dict[str, Any], str]
) -> None:
    state, given, moved = case
    assert (
        decided(standing(state, decided_by=decided_by, returned_at=AT), answer(kind=kind, **given))
        == WORDS[{"moves": moved, "stands": "odd"}[word]]
    )


@pytest.mark.parametrize("decided_by", _K)
@pytest.mark.parametrize("state", [_S.REDIRECTED, _S.VERIFYING, _S.UNKNOWN])
def test_of_what_is_still_open_every_inquiry_counts(state: AttemptState, decided_by: EvidenceKind) -> None:
    assert decided(standing(state, decided_by=decided_by), answer(_O.DECLINED)) == WORDS["decline"]


def test_the_ways_weigh_what_the_house_says() -> None:
    lightest_first = [["error_return"], ["callback", "refund_reply"], ["inquiry"], ["operator"], ["settlement_line"]]
    weights = sorted(set(RANK.values()))
    assert [sorted(kind for kind in RANK if RANK[kind] == weight) for weight in weights] == lightest_first


@each_outcome
def test_an_inquiry_older_than_one_that_counted_changes_nothing(outcome: EvidenceOutcome) -> None:
    stale = found(answer(outcome, asked_at=AT), asked_at=AT + SECOND, checks_done=20)
    assert set(stale.values()) == {WORDS["-"]}
    assert found(answer(outcome, asked_at=AT), asked_at=AT) == row(FIRST, outcome)
    assert found(answer(outcome, _K.OPERATOR), asked_at=CLOSED) == row(ALL_SURE, outcome)

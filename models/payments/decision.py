"""What one piece of evidence means for an attempt: a pure decision, tested for every state and outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.checks import CHECKS, PaymentTerms, closes_at
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.review import ReviewKind

_O, _E, _K, _S = EvidenceOutcome, AttemptEvent, EvidenceKind, AttemptState

RANK: Final[Mapping[EvidenceKind, int]] = {
    _K.ERROR_RETURN: 0,
    _K.CALLBACK: 1,
    _K.REFUND_REPLY: 1,
    _K.INQUIRY: 2,
    _K.OPERATOR: 3,
    _K.SETTLEMENT_LINE: 4,
}
"""What weighs more. The lowest may start work and never end it; what a higher one decided, a lower one never undoes."""


class Effect(StrEnum):
    """What follows in the books."""

    ASK = "ask"  # the gateway, soon
    BOOK_CAPTURE = "book_capture"
    BOOK_MISMATCH = "book_mismatch"  # to suspense, and back to the payer in full
    BOOK_REVERSAL = "book_reversal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What evidence says, as far as it decides. `asked_at` is when we asked; of what came unasked, when it came."""

    kind: EvidenceKind
    outcome: EvidenceOutcome
    trackid: str
    amount_fils: int | None
    asked_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The attempt's event, what follows in the books, and the question for staff; nothing at all when all are empty."""

    event: AttemptEvent | None = None
    effects: tuple[Effect, ...] = ()
    review: ReviewKind | None = None


_NOTHING: Final = Decision()


def decide(attempt: PaymentAttempt, answer: Answer, *, now: datetime, terms: PaymentTerms) -> Decision:
    """What the evidence causes.

    A callback, a browser's word or a refund's reply is a reason to ask, never a proof. Time alone ends nothing but a
    page that was never paid on, and that only when the gateway says twice that it knows no such payment.
    """
    if RANK[answer.kind] < RANK[_K.INQUIRY]:
        return _heard(attempt, answer)
    if is_stale(attempt, answer):
        return _NOTHING
    if answer.trackid != attempt.trackid and answer.outcome is not _O.CAPTURED:
        return _or_too_long(attempt, _NOTHING)  # what became of somebody else's payment
    decision = _RULES[answer.outcome](attempt, answer, now, terms)
    if decision.event is not None and not ATTEMPT.allows(attempt.state, decision.event):
        decision = _NOTHING
    if decision.event is not None and _is_outranked(attempt, answer):
        decision = Decision(review=ReviewKind.CONTRADICTION)
    return _or_too_long(attempt, decision)


def _heard(attempt: PaymentAttempt, answer: Answer) -> Decision:
    notice = answer.kind is _K.CALLBACK and ATTEMPT.allows(attempt.state, _E.HEAR)
    return Decision(event=_E.HEAR if notice else None, effects=(Effect.ASK,))


def is_stale(attempt: PaymentAttempt, answer: Answer) -> bool:
    """Two workers asked, and the slower one heard what was true before: older than what counted already."""
    return answer.kind is _K.INQUIRY and attempt.asked_at is not None and answer.asked_at < attempt.asked_at


def _is_outranked(attempt: PaymentAttempt, answer: Answer) -> bool:
    """Of what is still open every inquiry counts; what was decided stands against all that weighs less."""
    if attempt.state in LIVE or attempt.decided_by is None:
        return False
    return RANK[answer.kind] < RANK[attempt.decided_by]


def _or_too_long(attempt: PaymentAttempt, decision: Decision) -> Decision:
    """When the whole schedule of checks has not told what became of the money, staff find out.

    Of what was settled and is open again, the next answer tells.
    """
    after = attempt.state if decision.event is None else ATTEMPT.after(attempt.state, decision.event)
    was_open = attempt.state in LIVE
    if was_open and after in LIVE and attempt.checks_done + 1 >= len(CHECKS) and decision.review is None:
        return Decision(event=decision.event, effects=decision.effects, review=ReviewKind.UNKNOWN_OUTCOME)
    return decision


_Rule = Callable[[PaymentAttempt, Answer, datetime, PaymentTerms], Decision]


def _captured(attempt: PaymentAttempt, answer: Answer, _now: datetime, terms: PaymentTerms) -> Decision:
    if answer.trackid != attempt.trackid or answer.amount_fils != attempt.amount_fils:
        return _other_sum(attempt, answer)
    if attempt.state in {_S.VOIDED, _S.MISMATCH} and attempt.captured_at is not None:
        return Decision(review=ReviewKind.CONTRADICTION)  # booked and taken back, or of another sum: and now this?
    if answer.kind is _K.INQUIRY and not _confirmed(attempt, answer, terms=terms):
        return Decision(event=_E.HOLD_CAPTURE)
    return Decision(event=_E.CAPTURE, effects=(Effect.BOOK_CAPTURE,))


def _other_sum(attempt: PaymentAttempt, answer: Answer) -> Decision:
    """Of a payment that was booked already, the answers contradict each other; else it goes back in full."""
    if attempt.captured_at is not None:
        known = attempt.state is _S.MISMATCH and answer.amount_fils == attempt.captured_fils
        return _NOTHING if known else Decision(review=ReviewKind.CONTRADICTION)
    return Decision(event=_E.MISMATCH, effects=(Effect.BOOK_MISMATCH,), review=ReviewKind.MISMATCH)


def _confirmed(attempt: PaymentAttempt, answer: Answer, *, terms: PaymentTerms) -> bool:
    """Whether we asked after our acknowledgement: some gateways reverse a capture whose notice we answered badly."""
    if not terms.gateway_reverses:
        return True
    if attempt.returned_at is not None and attempt.returned_at <= answer.asked_at:
        return True
    heard_at = attempt.acknowledged_at or attempt.held_since
    return heard_at is not None and heard_at + terms.confirm_after <= answer.asked_at


def _declined(attempt: PaymentAttempt, *_: object) -> Decision:
    """Also of a cancelled payment: no money was taken."""
    if attempt.state is _S.CAPTURED:
        return Decision(review=ReviewKind.CONTRADICTION)
    return Decision(event=_E.VOID if attempt.state is _S.CAPTURED_UNCONFIRMED else _E.DECLINE)


def _cancelled(attempt: PaymentAttempt, *others: object) -> Decision:
    open_at_the_page = attempt.state in LIVE and attempt.state is not _S.CAPTURED_UNCONFIRMED
    return Decision(event=_E.CANCEL) if open_at_the_page else _declined(attempt, *others)


def _voided(attempt: PaymentAttempt, *_: object) -> Decision:
    if attempt.captured_at is None:
        return Decision(event=_E.VOID)
    review = ReviewKind.REVERSED if attempt.state is _S.CAPTURED else None
    return Decision(event=_E.VOID, effects=(Effect.BOOK_REVERSAL,), review=review)


def _not_found(attempt: PaymentAttempt, _: Answer, now: datetime, terms: PaymentTerms) -> Decision:
    if attempt.cancel_heard and attempt.page_expires_at <= now:
        return Decision(event=_E.CANCEL)
    long_closed = closes_at(attempt, terms=terms) <= now
    twice = attempt.not_found_since is not None and attempt.not_found_since + terms.not_found_apart <= now
    return Decision(event=_E.ABANDON) if long_closed and twice else _NOTHING


def _always(event: AttemptEvent | None) -> _Rule:
    return lambda *_: Decision(event=event)


_RULES: Final[Mapping[EvidenceOutcome, _Rule]] = {
    _O.CAPTURED: _captured,
    _O.DECLINED: _declined,
    _O.CANCELLED: _cancelled,
    _O.NOT_FOUND: _not_found,
    _O.VOIDED: _voided,
    _O.HOST_TIMEOUT: _always(_E.LOSE_SIGHT),
    _O.REFUNDED: _always(_E.LOSE_SIGHT),
    _O.MALFORMED: _always(_E.LOSE_SIGHT),
    _O.UNRECOGNISED: _always(_E.LOSE_SIGHT),
    _O.IN_PROGRESS: _always(None),
    _O.TRANSPORT_ERROR: _always(None),
    _O.NOT_SENT: _always(None),
    _O.CONFIG_ERROR: _always(None),
}

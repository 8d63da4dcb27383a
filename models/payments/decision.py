"""What one answer of the gateway means for an attempt: a pure decision, tested for every state and outcome."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.payments.attempt import ATTEMPT, LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome

_O, _E, _S = EvidenceOutcome, AttemptEvent, AttemptState

CHECKS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (30, 120, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
)
"""How long after each other an open attempt is asked about; the last one repeats."""

WATCHED: Final = LIVE - {_S.CREATED}
"""While one of these holds, we keep asking."""


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """The times of the payment conversation (see `.env.example`)."""

    page_ttl: timedelta
    grace: timedelta
    confirm_after: timedelta
    not_found_apart: timedelta
    order_valid: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an inquiry said, as far as it decides."""

    outcome: EvidenceOutcome
    trackid: str
    amount_fils: int | None


def decide(attempt: PaymentAttempt, answer: Answer, *, now: datetime, terms: PaymentTerms) -> AttemptEvent | None:
    """The event that an inquiry's answer causes, or None when it changes nothing.

    Only an inquiry may be given here: a callback is a reason to ask, never a proof. Time alone ends nothing
    but a page that was never paid on, and that only when the gateway says twice that it knows no such payment.
    """
    if answer.trackid != attempt.trackid and answer.outcome is not _O.CAPTURED:
        return None  # what became of somebody else's payment says nothing of ours
    event = _RULES[answer.outcome](attempt, answer, now, terms)
    return event if event is not None and ATTEMPT.allows(attempt.state, event) else None


_Rule = Callable[[PaymentAttempt, Answer, datetime, PaymentTerms], AttemptEvent | None]


def _captured(attempt: PaymentAttempt, answer: Answer, now: datetime, terms: PaymentTerms) -> AttemptEvent:
    if answer.trackid != attempt.trackid or answer.amount_fils != attempt.amount_fils:
        return _E.MISMATCH
    if attempt.state in WATCHED and not _confirmed(attempt, now=now, terms=terms):
        return _E.HOLD_CAPTURE
    return _E.CAPTURE


def _confirmed(attempt: PaymentAttempt, *, now: datetime, terms: PaymentTerms) -> bool:
    """Whether this inquiry came after our acknowledgement: KNET reverses a capture whose notice we answered badly."""
    if attempt.returned_at is not None:
        return True
    heard_at = attempt.acknowledged_at or attempt.held_since
    return heard_at is not None and heard_at + terms.confirm_after <= now


def _declined(attempt: PaymentAttempt, *_: object) -> AttemptEvent:
    return _E.VOID if attempt.state is _S.CAPTURED_UNCONFIRMED else _E.DECLINE


def _not_found(attempt: PaymentAttempt, _: Answer, now: datetime, terms: PaymentTerms) -> AttemptEvent | None:
    if attempt.cancel_heard and attempt.page_expires_at <= now:
        return _E.CANCEL
    long_closed = closes_at(attempt, terms=terms) <= now
    twice = attempt.not_found_since is not None and attempt.not_found_since + terms.not_found_apart <= now
    return _E.ABANDON if long_closed and twice else None


def closes_at(attempt: PaymentAttempt, *, terms: PaymentTerms) -> datetime:
    """From when on nobody can still be paying on the gateway's page."""
    return attempt.page_expires_at + terms.grace


def _always(event: AttemptEvent | None) -> _Rule:
    return lambda *_: event


_RULES: Final[Mapping[EvidenceOutcome, _Rule]] = {
    _O.CAPTURED: _captured,
    _O.DECLINED: _declined,
    _O.CANCELLED: _always(_E.CANCEL),
    _O.NOT_FOUND: _not_found,
    _O.VOIDED: _always(_E.VOID),
    _O.HOST_TIMEOUT: _always(_E.LOSE_SIGHT),
    _O.REFUNDED: _always(_E.LOSE_SIGHT),
    _O.MALFORMED: _always(_E.LOSE_SIGHT),
    _O.UNRECOGNISED: _always(_E.LOSE_SIGHT),
    _O.IN_PROGRESS: _always(None),
    _O.TRANSPORT_ERROR: _always(None),
    _O.CONFIG_ERROR: _always(None),
}


def next_check(attempt: PaymentAttempt, *, now: datetime, terms: PaymentTerms) -> datetime | None:
    """When to ask again; None when the attempt is settled."""
    if attempt.state not in WATCHED:
        return None
    moments = [now + CHECKS[min(attempt.checks_done, len(CHECKS) - 1)]]
    if attempt.state is _S.CAPTURED_UNCONFIRMED:
        moments.append((attempt.acknowledged_at or attempt.held_since or now) + terms.confirm_after)
    moments.append(attempt.page_expires_at if attempt.cancel_heard else closes_at(attempt, terms=terms))
    if attempt.not_found_since is not None:
        moments.append(attempt.not_found_since + terms.not_found_apart)
    return min(moment for moment in moments if moment > now)

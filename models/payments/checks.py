"""When an attempt is asked about: the schedule of checks, and the times that a payment conversation keeps to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.payments.attempt import LIVE, AttemptState, PaymentAttempt

CHECKS: Final = tuple(
    timedelta(seconds=seconds) for seconds in (30, 120, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
)
"""How long after each other an open attempt is asked about; the last one repeats."""

LOOKING_BACK: Final = timedelta(days=3)
"""For so long after its page closed we go on asking about a payment that was given up: the money may come late."""

_LOOK_BACK_EVERY: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class PaymentTerms:
    """The times of the payment conversation (see `.env.example`).

    `gateway_reverses`: it takes a capture back unless it read our acknowledgement, so a capture counts only when it
    is still there some time after that.
    """

    page_ttl: timedelta
    grace: timedelta
    confirm_after: timedelta
    not_found_apart: timedelta
    order_valid: timedelta
    gateway_reverses: bool = True


def closes_at(attempt: PaymentAttempt, *, terms: PaymentTerms) -> datetime:
    """From when on nobody can still be paying on the gateway's page."""
    return attempt.page_expires_at + terms.grace


def is_on_schedule(attempt: PaymentAttempt, *, now: datetime) -> bool:
    """Whether a check made now is one of CHECKS: those that a payer's page asks for in between use none of them up."""
    done = min(attempt.checks_done, len(CHECKS) - 1)
    return attempt.created_at + sum(CHECKS[: done + 1], timedelta(0)) <= now


def next_check(attempt: PaymentAttempt, *, now: datetime, terms: PaymentTerms) -> datetime | None:
    """When to ask again; None when the attempt is settled and long past."""
    if attempt.state not in LIVE:
        again = [_looking_back(attempt, now=now, terms=terms), _owed_to_a_capture(attempt, now=now, terms=terms)]
        return min((moment for moment in again if moment is not None), default=None)
    moments = [now + CHECKS[min(attempt.checks_done, len(CHECKS) - 1)]]
    if attempt.state is AttemptState.CAPTURED_UNCONFIRMED:
        moments.append((attempt.acknowledged_at or attempt.held_since or now) + terms.confirm_after)
    moments.append(attempt.page_expires_at if attempt.cancel_heard else closes_at(attempt, terms=terms))
    if attempt.not_found_since is not None:
        moments.append(attempt.not_found_since + terms.not_found_apart)
    return min(moment for moment in moments if moment > now)


def _looking_back(attempt: PaymentAttempt, *, now: datetime, terms: PaymentTerms) -> datetime | None:
    again = now + _LOOK_BACK_EVERY
    lasts = attempt.state is AttemptState.ABANDONED and again <= closes_at(attempt, terms=terms) + LOOKING_BACK
    return again if lasts else None


def _owed_to_a_capture(attempt: PaymentAttempt, *, now: datetime, terms: PaymentTerms) -> datetime | None:
    """We were told of a capture: no answer counts as the last one that was asked for before it could be final."""
    heard_at = attempt.acknowledged_at or attempt.held_since
    if heard_at is None:
        return None
    final_at = heard_at + (terms.confirm_after if terms.gateway_reverses else timedelta(0))
    if attempt.returned_at is not None:
        final_at = min(final_at, max(heard_at, attempt.returned_at))
    if attempt.asked_at is not None and final_at <= attempt.asked_at:
        return None
    return max(final_at, now)

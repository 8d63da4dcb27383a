"""A circuit breaker for calls to something outside: what is down is left alone for a while, and nobody waits for it."""

from typing import Final

from pybreaker import CircuitBreaker, CircuitBreakerError

FAILURES: Final = 5
PAUSE_SECONDS: Final = 20
BreakerOpenError = CircuitBreakerError
"""Raised without calling: nothing was sent."""


def new_breaker(
    name: str,
    *,
    failures: int | None = None,
    pause_seconds: float | None = None,
    unless: tuple[type[Exception], ...] = (),
) -> CircuitBreaker:
    """Opens after so many failures in a row (`unless` they are answers), tries again after the pause.

    The call that opens it raises its own error: that one was sent, and must not pass for one that was not.
    Enter it by `with breaker.calling():`; its `call` would hold a lock, and let one thread at a time through.
    """
    return CircuitBreaker(
        fail_max=failures or FAILURES,
        reset_timeout=pause_seconds or PAUSE_SECONDS,
        throw_new_error_on_trip=False,
        exclude=unless,
        name=name,
    )

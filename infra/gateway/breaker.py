"""A circuit breaker for calls to a gateway: one that is down is left alone for a while, and nobody waits for it."""

from typing import Final

from pybreaker import CircuitBreaker, CircuitBreakerError

FAILURES: Final = 5
PAUSE_SECONDS: Final = 20
BreakerOpenError = CircuitBreakerError
"""Raised without calling: nothing was sent."""


def new_breaker(name: str) -> CircuitBreaker:
    """Opens after five failures in a row, tries again after 20 s.

    The call that opens it raises its own error: that one was sent, and must not pass for one that was not.
    """
    return CircuitBreaker(fail_max=FAILURES, reset_timeout=PAUSE_SECONDS, throw_new_error_on_trip=False, name=name)

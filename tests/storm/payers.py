"""Payers of a storm: each tries again, as people do, until the order is no longer to be paid."""

import ssl
import time
from concurrent.futures import Future, ThreadPoolExecutor
from random import Random
from typing import Final
from uuid import UUID

import httpx

from infra.errors import InfraError
from infra.sandbox.payer import Behaviour, pay
from tests.storm.people import Tries

_TLS: Final = ssl.create_default_context()  # to load the authorities costs more than a payment
_AT_ONCE: Final = 16
_PATIENCE_SECONDS: Final = 600.0
_AGAIN_SECONDS: Final = 2.0


class Payers:
    """A thread each, at most so many at once."""

    def __init__(self, public_url: str, *, chance: Random) -> None:
        self._public_url = public_url
        self._chance = chance
        self._hands = ThreadPoolExecutor(_AT_ONCE)
        self._sent: dict[UUID, Future[None]] = {}

    def send(self, order_id: UUID, tries: Tries) -> None:
        """Once for each order."""
        if order_id not in self._sent:
            delay = self._chance.uniform(0.1, 2.0)
            self._sent[order_id] = self._hands.submit(self._pay, f"{self._public_url}/pay/{order_id}", tries, delay)

    def close(self) -> None:
        """The first mistake of a payer, if any made one."""
        self._hands.shutdown(cancel_futures=True)
        for each in self._sent.values():
            if not each.cancelled():
                each.result()

    def _pay(self, url: str, tries: Tries, delay: float) -> None:
        time.sleep(delay)
        end, left = time.monotonic() + _PATIENCE_SECONDS, list(tries)
        while left and time.monotonic() < end and _can_be_paid(url):
            try:
                pay(url, left[0], tls=_TLS)
            except (httpx.HTTPError, InfraError):  # a page that is away, or not what it should be: try again
                time.sleep(_AGAIN_SECONDS)
                continue
            if left[0] is not Behaviour.APPROVE:
                left.pop(0)
            time.sleep(_AGAIN_SECONDS)


def _can_be_paid(url: str) -> bool:
    """Whether our page asks for money, or may again: one that does not answer, or is still being verified."""
    try:
        text = httpx.get(url, timeout=30, verify=_TLS).raise_for_status().text
    except httpx.HTTPError:
        return True
    return 'id="pay"' in text or any(each in text for each in ("still being verified", "asking the bank"))

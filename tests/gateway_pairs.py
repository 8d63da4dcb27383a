"""Every gateway's adapter with the face of the sandbox that plays it, behind one set of words."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx

from infra.gateway import PaymentGateway, PaymentRequest
from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.sandbox.payer import Behaviour, pay
from tests.sandbox_world import Merchant, World, knet_settings, sandbox_world
from tests.tap_world import TapMerchant, tap_settings, tap_world

SCRIPTS: dict[str, dict[str, dict[str, Any]]] = {
    "knet": {
        "late capture": {"result": "HOST TIMEOUT", "becomes": {"result": "CAPTURED", "after_seconds": 60}},
        "late decline": {"result": "HOST TIMEOUT", "becomes": {"result": "NOT CAPTURED", "after_seconds": 60}},
        "a fil less": {"captured_amount": "119.999"},
        "unheard": {"notify": {"times": 0}},
        "inquiry dropped": {"inquiry": ["drop"]},
        "inquiry broken": {"inquiry": ["500"]},
        "refund lost": {"refund": ["drop_executed"]},
        "refund not executed": {"refund": ["drop_unexecuted"]},
    },
    "tap": {
        "late capture": {"ends_as": "TIMEDOUT", "becomes": {"status": "CAPTURED", "after_seconds": 60}},
        "late decline": {"ends_as": "UNKNOWN", "becomes": {"status": "DECLINED", "after_seconds": 60}},
        "a fil less": {"amount_off_by_fils": -1},
        "unheard": {"webhook": {"lost": 3}},
        "inquiry dropped": {"retrieve": [{"answer": "drop"}]},
        "inquiry broken": {"retrieve": [{"answer": "500"}]},
        "refund lost": {"refund": [{"answer": "drop"}]},
        "refund not executed": {"refund": [{"answer": "drop", "executed": False}]},
    },
}
_CONTROLS = {"knet": "scenarios", "tap": "tap/scenarios"}
_ELSEWHERE: dict[str, Callable[[str], PaymentGateway]] = {
    "knet": lambda url: KnetGateway(knet_settings(url)),
    "tap": lambda url: TapGateway(tap_settings(url)),
}
NAMES = tuple(SCRIPTS)


@dataclass(frozen=True)
class Pair:
    name: str
    world: World
    merchant: Merchant

    @property
    def gateway(self) -> PaymentGateway:
        return self.merchant.gateway

    def elsewhere(self, url: str) -> PaymentGateway:
        """The same adapter, sent to another address."""
        return _ELSEWHERE[self.name](url)

    def begin(self, story: str = "") -> PaymentRequest:
        """An attempt that the gateway was told of, with what it will meet there."""
        request = self.merchant.request()
        if story:
            script = {"match": {"trackid": request.trackid}, "script": SCRIPTS[self.name][story]}
            self.world.control(_CONTROLS[self.name], script)
        return replace(request, paymentid=self.gateway.prepare(request).paymentid)

    def pay(self, story: str = "", behaviour: Behaviour = Behaviour.APPROVE) -> PaymentRequest:
        request = self.begin(story)
        pay(self.merchant.pay_url(request), behaviour)
        return request

    def headers_of_first_notice(self) -> dict[str, str]:
        """What the notice was signed with, where it is signed outside its body."""
        return self.merchant.headers[0] if isinstance(self.merchant, TapMerchant) else {}

    def advance(self, **by: float) -> None:
        self.world.advance(timedelta(**by))

    def books(self, request: PaymentRequest) -> list[dict[str, Any]]:
        """What the other side wrote down of this attempt: one line, or none before the payer came."""
        lines = httpx.get(f"{self.world.url}/__sandbox__/ledger").json()
        return [each for each in lines if (each["gateway"], each["trackid"]) == (self.name, request.trackid)]


@contextmanager
def gateway_pair(name: str, folder: Path) -> Iterator[Pair]:
    if name == "tap":
        with tap_world(folder) as tap:
            yield Pair(name, tap.world, tap.merchant)
    else:
        with sandbox_world(folder) as world:
            yield Pair(name, world, world.merchant)

"""The sandbox's Tap with a small merchant of its own, for the suites that speak to it over HTTP."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from fastapi import Request, Response
from pydantic import SecretStr

from infra import clock
from infra.gateway import MalformedMessageError, PaymentRequest, RefundRequest
from infra.gateway.tap import TapGateway
from infra.sandbox.payer import Behaviour, pay
from infra.settings import TapSettings
from models.money import Money
from models.payments.posting import PostingKind
from tests.sandbox_world import Merchant, World, sandbox_world, served

SECRET_KEY = "sk_test_sandbox"  # noqa: S105 - synthetic


def tap_settings(url: str, key: str = SECRET_KEY) -> TapSettings:
    return TapSettings(api_url=f"{url}/v2", secret_key=SecretStr(key), merchant_id="900001", timeout_seconds=2)


@dataclass
class TapMerchant(Merchant):
    """Refuses what it cannot read, as our web does."""

    headers: list[dict[str, str]] = field(default_factory=list)

    async def _respond(self, request: Request) -> Response:
        self.headers.append(dict(request.headers))
        try:
            return await super()._respond(request)
        except MalformedMessageError:
            return Response(status_code=400)


@dataclass(frozen=True)
class TapWorld:
    world: World
    merchant: TapMerchant
    gateway: TapGateway

    @property
    def url(self) -> str:
        return self.world.url

    def lines(self) -> list[dict[str, Any]]:
        """Every charge in Tap's own books; more than one of a trackid is a payment asked for twice."""
        ledger = httpx.get(f"{self.url}/__sandbox__/ledger").json()
        return [line for line in ledger if line["gateway"] == "tap"]

    def line(self, request: PaymentRequest) -> dict[str, Any]:
        (found,) = [line for line in self.lines() if line["trackid"] == request.trackid]
        return found

    def begun(self, **script: object) -> PaymentRequest:
        """A payment whose charge is made, with what shall happen to it afterwards."""
        request = self.merchant.request()
        if script:
            self.script(request, **script)
        return self.known(request)

    def known(self, request: PaymentRequest) -> PaymentRequest:
        return replace(request, paymentid=self.gateway.prepare(request).paymentid)

    def paid(self, behaviour: Behaviour = Behaviour.APPROVE, **script: object) -> PaymentRequest:
        request = self.begun(**script)
        self.pays(request, behaviour)
        return request

    def pays(self, request: PaymentRequest, behaviour: Behaviour = Behaviour.APPROVE) -> str:
        return pay(self.merchant.pay_url(request), behaviour)

    def script(self, request: PaymentRequest, **script: object) -> None:
        self.world.control("tap/scenarios", {"match": {"trackid": request.trackid}, "script": script})

    def today(self) -> dict[tuple[PostingKind, str], Money]:
        """What Tap posted today, by kind and trackid."""
        listed = self.gateway.list_transactions(clock.kuwait_date(clock.now()))
        return {(each.kind, each.trackid): each.amount for each in listed}

    def advance(self, **by: float) -> None:
        self.world.advance(timedelta(**by))


@contextmanager
def tap_world(folder: Path) -> Iterator[TapWorld]:
    with sandbox_world(folder, tap_secret_key=SecretStr(SECRET_KEY)) as world:
        gateway = TapGateway(tap_settings(world.url))
        merchant = TapMerchant(url="", gateway=gateway)
        try:
            with served(merchant.app()) as url:
                merchant.url = url
                yield TapWorld(world, merchant, gateway)
        finally:
            gateway.close()


def refund_of(request: PaymentRequest, amount: Money | None = None) -> RefundRequest:
    return RefundRequest(
        refund_id=uuid4(), trackid=request.trackid, paymentid=request.paymentid, amount=amount or request.amount
    )

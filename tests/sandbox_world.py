"""The sandbox and a small merchant, each served for real on a port of its own."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from socket import AF_INET, IPPROTO_TCP, SO_REUSEADDR, SOCK_STREAM, SOL_SOCKET, socket
from typing import Any
from uuid import uuid4

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import SecretStr

from infra.gateway import Evidence, PaymentGateway, PaymentRequest, RefundRequest
from infra.gateway.knet import KnetGateway
from infra.gateway.knet_inquiry import write_elements
from infra.gateway.trackid import new_trackid
from infra.sandbox.app import create_app
from infra.sandbox.payer import Behaviour, pay
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment, KnetDelivery, KnetSettings, MessageSettings, RegistrySettings
from models.money import Money
from models.service import Language

ON = date(2026, 11, 23)
TOKEN = "registry-token"  # noqa: S105 - synthetic
PASSWORD = "sandboxpw"  # noqa: S105 - synthetic
KEY = "0123456789ABCDEF"


@dataclass
class Merchant:
    """Our side, cut down to the payment: what it was told, and what it answers."""

    url: str
    gateway: PaymentGateway
    notified: list[Evidence] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    answer: Response | None = None  # instead of the right one
    answers_after: float = 0  # seconds
    requests: dict[str, PaymentRequest] = field(default_factory=dict)

    def request(self, amount: str = "120.000", language: Language = Language.ENGLISH) -> PaymentRequest:
        request = PaymentRequest(
            trackid=new_trackid(),
            amount=Money.parse(amount),
            language=language,
            response_url=f"{self.url}/knet/response",
            error_url=f"{self.url}/knet/error",
            return_url=f"{self.url}/pay/return",
            case_reference="R-2026-000042",
        )
        self.requests[request.trackid] = request
        return request

    def change(self, request: PaymentRequest, **changes: str) -> None:
        self.requests[request.trackid] = replace(request, **changes)

    def pay_url(self, request: PaymentRequest) -> str:
        return f"{self.url}/pay/{request.trackid}"

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_route("/pay/{trackid}", self._pay_page, methods=["GET"])
        app.add_api_route("/pay/{trackid}", self._pay, methods=["POST"], response_model=None)
        app.add_api_route("/knet/response", self._respond, methods=["POST"], response_model=None)
        app.add_api_route("/{rest:path}", self._any_page, methods=["GET"])
        return app

    def _pay_page(self, trackid: str) -> HTMLResponse:
        return HTMLResponse(f'<form id="pay" method="post" action="/pay/{trackid}"><button>Pay</button></form>')

    def _any_page(self, rest: str) -> HTMLResponse:
        return HTMLResponse(rest)

    def _pay(self, trackid: str) -> Response:
        return RedirectResponse(self.gateway.prepare(self.requests[trackid]).url, status_code=303)

    async def _respond(self, request: Request) -> Response:
        body = await request.body()
        self.bodies.append(body)
        evidence = self.gateway.parse_inbound(body, request.headers)
        self.notified.append(evidence)
        await asyncio.sleep(self.answers_after)
        right = self.gateway.acknowledge(f"{self.url}/pay/return/{evidence.trackid}")
        return self.answer or Response(right.body, status_code=right.status, headers=dict(right.headers))


@dataclass(frozen=True)
class World:
    url: str
    knet: KnetSettings
    registries: RegistrySettings
    merchant: Merchant

    def ledger(self) -> dict[str, dict[str, Any]]:
        return {line["trackid"]: line for line in httpx.get(f"{self.url}/__sandbox__/ledger").json()}

    def control(self, path: str, order: object = None) -> Any:
        """What the sandbox answers to an order at one of its controls; a refusal is an error."""
        answer = httpx.post(f"{self.url}/__sandbox__/{path}", json=order, timeout=30).raise_for_status()
        return answer.json() if answer.content else None

    def pay(
        self, behaviour: Behaviour = Behaviour.APPROVE, *, amount: str = "120.000", **script: object
    ) -> PaymentRequest:
        """A payment that went the way that its script says."""
        request = self.merchant.request(amount)
        if script:
            self.script(request.trackid, **script)
        pay(self.merchant.pay_url(request), behaviour)
        return request

    def inquire(self, request: PaymentRequest) -> Evidence:
        return self.merchant.gateway.inquire(request)

    def refund(self, request: PaymentRequest, amount: str) -> Evidence:
        order = RefundRequest(refund_id=uuid4(), trackid=request.trackid, paymentid="", amount=Money.parse(amount))
        return self.merchant.gateway.refund(order)

    def ask(self, **elements: str) -> str:
        """What the tranportal answers to a question with the terminal's right credentials."""
        question = {"id": "900001", "password": PASSWORD} | elements
        url = f"{self.url}/kpg/tranPipe.htm?param=tranInit"
        return httpx.post(url, content=write_elements(question)).text

    def script(self, trackid: str, **script: object) -> None:
        self.control("scenarios", {"match": {"trackid": trackid}, "script": script})

    def advance(self, by: timedelta) -> None:
        self.control("clock", {"advance_seconds": by.total_seconds()})


@contextmanager
def sandbox_world(
    folder: Path,
    population: Population | None = None,
    *,
    now: VirtualClock | None = None,
    **changes: Any,
) -> Iterator[World]:
    """`changes` are fields of the sandbox's settings; its gateway is told of a legacy delivery too."""
    settings = SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr(PASSWORD),
        resource_key=SecretStr(KEY),
        registry_token=SecretStr(TOKEN),
        folder=folder,
        **{"notification_timeout_seconds": 2, **changes},
    )
    sandbox = create_app(population or Population(), settings=settings, environment=Environment.LOCAL, now=now)
    with ExitStack() as stack:
        url = stack.enter_context(served(sandbox))
        knet = knet_settings(url).model_copy(update={"delivery": KnetDelivery(settings.delivery)})
        gateway = KnetGateway(knet)
        stack.callback(gateway.close)
        merchant = Merchant(url="", gateway=gateway)
        merchant.url = stack.enter_context(served(merchant.app()))
        yield World(url, knet, registry_settings(url), merchant)


def knet_settings(url: str, password: str = PASSWORD, key: str = KEY) -> KnetSettings:
    return KnetSettings(
        page_url=f"{url}/kpg/PaymentHTTP.htm",
        tranportal_url=f"{url}/kpg/tranPipe.htm",
        tranportal_id="900001",
        tranportal_password=SecretStr(password),
        resource_key=SecretStr(key),
        timeout_seconds=2,
    )


def message_settings(url: str, token: str = TOKEN) -> MessageSettings:
    return MessageSettings(url=f"{url}/messages-gateway", token=SecretStr(token), timeout_seconds=2)


def registry_settings(url: str, token: str = TOKEN) -> RegistrySettings:
    return RegistrySettings(
        civil_url=f"{url}/civil",
        residency_url=f"{url}/residency",
        insurance_url=f"{url}/insurance",
        manpower_url=f"{url}/manpower",
        traffic_url=f"{url}/traffic",
        token=SecretStr(token),
        timeout_seconds=2,
    )


@contextmanager
def served(app: FastAPI, *, certificate: Path | None = None, port: int = 0) -> Iterator[str]:
    """Serve `app` from a thread on a free port of this machine, over TLS with a `certificate` (key and chain)."""
    with socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as listener:  # unnamed, small answers wait 40 ms for the reader
        listener.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)  # one's own `port` again, after a stop
        listener.bind(("127.0.0.1", port))
        listener.listen()
        config = uvicorn.Config(app, ws="none", log_config=None, access_log=False, ssl_certfile=certificate)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"{'https' if certificate else 'http'}://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()

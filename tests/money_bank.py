"""The sandbox as a bank that can be stopped and started, its clock as our side reads it, its page as a payer has it."""

from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from socket import socket
from typing import Any
from urllib.parse import urljoin

import httpx

from infra.sandbox.app import create_app
from infra.sandbox.forms import find_form
from infra.sandbox.payer import Behaviour
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment
from models.money import Money
from tests.fakes import Clock
from tests.sandbox_world import served


class SharedClock(Clock):
    """The sandbox's clock, as our side reads it: `skew` apart."""

    def __init__(self, bank: VirtualClock) -> None:
        self.bank = bank
        self.skew = timedelta(0)

    @property
    def at(self) -> datetime:
        return self.bank() + self.skew

    @at.setter
    def at(self, to: datetime) -> None:
        self.bank.advance(max(to - self.at, timedelta(0)))

    def __call__(self) -> datetime:
        return self.at


class Sandbox:
    """A bank that can be stopped, and started again at the same address over the same books."""

    def __init__(self, settings: SandboxSettings, *, now: VirtualClock) -> None:
        self._settings = settings
        self._now = now
        self._stack = ExitStack()
        self._port = free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        app = create_app(Population(), settings=self._settings, environment=Environment.LOCAL, now=self._now)
        self._stack.enter_context(served(app, port=self._port))

    def stop(self) -> None:
        self._stack.close()

    def control(self, path: str, order: object = None) -> Any:
        """What it answers to an order at one of its controls; a refusal is an error."""
        answer = httpx.post(f"{self.url}/__sandbox__/{path}", json=order, timeout=30).raise_for_status()
        return answer.json() if answer.content else None

    def ledger(self) -> dict[str, dict[str, Any]]:
        """Its own books, by track id: the oracle."""
        lines = httpx.get(f"{self.url}/__sandbox__/ledger", timeout=30).raise_for_status().json()
        return {line["trackid"]: line for line in lines}


@dataclass(frozen=True)
class BankPage:
    """The bank's page, open in a payer's browser."""

    url: str
    values: dict[str, str]

    def press(self, behaviour: Behaviour = Behaviour.APPROVE) -> httpx.Response:
        """Pay or cancel, and follow the browser to where it is sent."""
        typed = {"action": "cancel"} if behaviour is Behaviour.CANCEL else {"action": "submit", "pin": "1234"}
        return httpx.post(self.url, data=self.values | typed, follow_redirects=True, timeout=30)


def open_bank_page(url: str) -> BankPage:
    """`url` is where our pay page's button leads."""
    page = httpx.get(url, follow_redirects=True, timeout=30)
    form = find_form(page.text, "knet")
    assert form is not None, f"no page to pay on: {page.status_code} at {page.url.path}"
    return BankPage(urljoin(str(page.url), form.action), form.values)


def bank_fils(line: dict[str, Any]) -> int:
    """What the bank's books still keep of one payment."""
    if line["captured"] is None or line["voided"]:
        return 0
    return Money.parse(line["captured"]).fils - Money.parse(line["refunded"]).fils


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

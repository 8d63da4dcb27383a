"""KNET's hosted page: card, expiry, PIN, pay or cancel, and buttons to choose what happens."""

import asyncio
import re
from typing import Annotated

import httpx
from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel

from infra.sandbox.bank import Bank
from infra.sandbox.books import Payment
from infra.sandbox.choices import CHOICES
from infra.sandbox.codes import KnetRefusalError
from infra.sandbox.faults import Faults
from infra.sandbox.knet_purchase import Outer, read_purchase
from infra.sandbox.knet_result import ResultDesk, to_error_address
from infra.sandbox.pages import page
from infra.sandbox.scenario import ByTrackid, Played, Scenario
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import TEST_CARD, SandboxSettings

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])/\d{4}", re.ASCII)
_PIN = re.compile(r"\d{4}", re.ASCII)


class _Card(BaseModel):
    """What the payer typed. It is compared and forgotten."""

    paymentid: str
    action: str
    bank: str = ""
    card: str = ""
    expiry: str = ""
    pin: str = ""

    def is_complete(self) -> bool:
        known_card = self.bank == "KNET1" and self.card.replace(" ", "") == TEST_CARD
        return known_card and _EXPIRY.fullmatch(self.expiry) is not None and _PIN.fullmatch(self.pin) is not None

    def comes_to(self, capture_expiry: str) -> Played:
        if self.action == "cancel":
            return "CANCELED"
        return "CAPTURED" if self.action in CHOICES or self.expiry == capture_expiry else "NOT CAPTURED"


class HostedPage:
    """The page of one terminal."""

    def __init__(
        self, bank: Bank, settings: SandboxSettings, *, desk: ResultDesk, scenarios: Scenarios, faults: Faults
    ) -> None:
        self._bank = bank
        self._settings = settings
        self._desk = desk
        self._scenarios = scenarios
        self._faults = faults
        self.router = APIRouter(prefix="/kpg")
        self.router.add_api_route("/PaymentHTTP.htm", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/payment.htm", self.submit, methods=["POST"], response_model=None)

    async def show(
        self,
        trandata: Annotated[str, Query()] = "",
        tranportal_id: Annotated[str, Query(alias="tranportalId")] = "",
        response_url: Annotated[str, Query(alias="responseURL")] = "",
        error_url: Annotated[str, Query(alias="errorURL")] = "",
    ) -> Response:
        outer = Outer(trandata, tranportal_id, response_url=response_url, error_url=error_url)
        try:
            purchase = read_purchase(outer, settings=self._settings)
            self._faults.check_terminal()
        except KnetRefusalError as refusal:
            return page("problem.html", status=400, code=refusal.code)
        try:
            payment = self._bank.open(purchase)
        except KnetRefusalError as refusal:
            return to_error_address(purchase, refusal.code)
        await asyncio.sleep(self._scenarios.opened(payment.trackid).page_delay_seconds)
        return self._form(payment)

    async def submit(self, card: Annotated[_Card, Form()]) -> Response:
        try:
            payment = self._bank.find(card.paymentid)
        except KnetRefusalError as refusal:
            return page("problem.html", status=400, code=refusal.code)
        chosen = CHOICES.get(card.action) if self._settings.choices else None
        if chosen is None and card.action != "cancel" and not card.is_complete():
            return self._form(payment, status=422)
        if chosen is not None and payment.result is None:
            self._scenarios.add(Scenario(match=ByTrackid(trackid=payment.trackid), script=chosen.script))
        script = self._faults.notified(self._scenarios.of(payment.trackid))
        try:
            return await self._desk.finish(payment, card.comes_to(self._settings.capture_expiry), script)
        except KnetRefusalError as refusal:
            return to_error_address(payment.purchase, refusal.code)

    def _form(self, payment: Payment, *, status: int = 200) -> HTMLResponse:
        return page(
            "payment.html",
            status=status,
            arabic=payment.purchase.arabic,
            refused=status != httpx.codes.OK,
            payment=payment,
            card=TEST_CARD,
            expiry=self._settings.capture_expiry,
            choices=CHOICES if self._settings.choices else {},
        )

"""KNET's hosted page: card, expiry, PIN, pay or cancel; then the result goes to the merchant and the payer after it."""

import re
from typing import Annotated, Literal
from urllib.parse import urlencode

import httpx
from fastapi import APIRouter, Form, Query
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from infra import clock
from infra.sandbox.bank import Bank, Payment, Purchase, Result
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.knet_purchase import Outer, read_purchase
from infra.sandbox.notification import deliver
from infra.sandbox.pages import page
from infra.sandbox.settings import TEST_CARD, SandboxSettings

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])/\d{4}", re.ASCII)
_PIN = re.compile(r"\d{4}", re.ASCII)


class _Card(BaseModel):
    """What the payer typed. It is compared and forgotten."""

    paymentid: str
    action: Literal["submit", "cancel"]
    bank: str = ""
    card: str = ""
    expiry: str = ""
    pin: str = ""

    def is_complete(self) -> bool:
        known_card = self.bank == "KNET1" and self.card.replace(" ", "") == TEST_CARD
        return known_card and _EXPIRY.fullmatch(self.expiry) is not None and _PIN.fullmatch(self.pin) is not None


class HostedPage:
    """The page of one terminal."""

    def __init__(self, bank: Bank, settings: SandboxSettings, client: httpx.Client) -> None:
        self._bank = bank
        self._settings = settings
        self._client = client
        self.router = APIRouter(prefix="/kpg")
        self.router.add_api_route("/PaymentHTTP.htm", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/payment.htm", self.submit, methods=["POST"], response_model=None)

    def show(
        self,
        trandata: Annotated[str, Query()] = "",
        tranportal_id: Annotated[str, Query(alias="tranportalId")] = "",
        response_url: Annotated[str, Query(alias="responseURL")] = "",
        error_url: Annotated[str, Query(alias="errorURL")] = "",
    ) -> Response:
        outer = Outer(trandata, tranportal_id, response_url=response_url, error_url=error_url)
        try:
            purchase = read_purchase(outer, settings=self._settings)
        except KnetRefusalError as refusal:
            return page("problem.html", status=400, code=refusal.code)
        try:
            payment = self._bank.open(purchase, now=clock.now(), ttl=self._settings.page_ttl)
        except KnetRefusalError as refusal:
            return _to_merchant(purchase, refusal.code)
        return self._form(payment)

    def submit(self, card: Annotated[_Card, Form()]) -> Response:
        try:
            payment = self._bank.find(card.paymentid)
        except KnetRefusalError as refusal:
            return page("problem.html", status=400, code=refusal.code)
        if card.action == "submit" and not card.is_complete():
            return self._form(payment, status=422)
        try:
            payment = self._bank.close(payment.paymentid, self._result(card), now=clock.now())
        except KnetRefusalError as refusal:
            return _to_merchant(payment.purchase, refusal.code)
        return self._finish(payment)

    def _result(self, card: _Card) -> Result:
        if card.action == "cancel":
            return "CANCELED"
        return "CAPTURED" if card.expiry == self._settings.capture_expiry else "NOT CAPTURED"

    def _finish(self, payment: Payment) -> Response:
        """Nothing is certain before the merchant has confirmed: without its `REDIRECT=` the money goes back."""
        return_url = deliver(payment, settings=self._settings, client=self._client)
        if return_url is None:
            if payment.keeps_money:
                self._bank.void(payment)
            return page("problem.html", status=502, code=Code.RESPONSE_DOWN)
        self._bank.acknowledge(payment)
        return RedirectResponse(return_url, status_code=303)

    def _form(self, payment: Payment, *, status: int = 200) -> HTMLResponse:
        return page(
            "payment.html",
            status=status,
            arabic=payment.purchase.langid == "AR",
            refused=status != httpx.codes.OK,
            payment=payment,
            card=TEST_CARD,
            expiry=self._settings.capture_expiry,
        )


def _to_merchant(purchase: Purchase, code: Code) -> RedirectResponse:
    """Errors of a payment travel by the payer's browser, in plain fields that anybody could have written."""
    fields = {
        "Error": code.value,
        "ErrorText": code.english,
        "trackid": purchase.trackid,
        "amt": purchase.amt,
    }
    return RedirectResponse(f"{purchase.error_url}?{urlencode(fields)}", status_code=303)

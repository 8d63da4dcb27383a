"""The hosted page of the sandbox's Tap: card, expiry, PIN, pay or cancel, and back to the merchant with `tap_id`."""

import re
import secrets
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from infra.sandbox.pages import page
from infra.sandbox.settings import TEST_CARD, SandboxSettings
from infra.sandbox.tap_answers import TapRoute
from infra.sandbox.tap_books import Charge, Ended, Ending, Numbers, TapBooks
from infra.sandbox.tap_scenario import TapScript, TapScripts
from infra.sandbox.tap_webhook import TapMessenger
from models.money import Money

_EXPIRY = re.compile(r"(0[1-9]|1[0-2])/\d{4}", re.ASCII)
_PIN = re.compile(r"\d{4}", re.ASCII)
_UNPROCESSABLE = 422


class _Card(BaseModel):
    """What the payer typed. It is compared and forgotten."""

    action: str
    card: str = ""
    expiry: str = ""
    pin: str = ""

    def is_complete(self) -> bool:
        known = self.card.replace(" ", "") == TEST_CARD
        return known and _EXPIRY.fullmatch(self.expiry) is not None and _PIN.fullmatch(self.pin) is not None


class TapPage:
    def __init__(
        self, books: TapBooks, settings: SandboxSettings, *, scripts: TapScripts, messenger: TapMessenger
    ) -> None:
        self._books = books
        self._settings = settings
        self._scripts = scripts
        self._messenger = messenger
        self.router = APIRouter(prefix="/tap/pay", route_class=TapRoute)
        self.router.add_api_route("/{charge_id}", self.show, methods=["GET"], response_model=None)
        self.router.add_api_route("/{charge_id}", self.submit, methods=["POST"], response_model=None)

    def show(self, charge_id: str) -> Response:
        charge = self._books.charge(charge_id)
        if charge.status_at(self._books.now()) != "INITIATED":
            return _back(charge)
        return self._form(charge)

    async def submit(self, charge_id: str, card: Annotated[_Card, Form()]) -> Response:
        """The merchant is told before the payer goes back, so that who returns finds the news there."""
        charge = self._books.charge(charge_id)
        if card.action != "cancel" and not card.is_complete():
            return self._form(charge, refused=True)
        script = self._scripts.of(charge.order.trackid)
        charge, ended = self._books.end(
            charge_id, lambda open_, at: _ending(open_, self._result(card, script), script, at)
        )
        if ended:
            await self._messenger.deliver(charge, script.webhook)
        return _back(charge)

    def _result(self, card: _Card, script: TapScript) -> Ended:
        if card.action == "cancel":
            return "CANCELLED"
        return script.ends_as or ("CAPTURED" if card.expiry == self._settings.capture_expiry else "DECLINED")

    def _form(self, charge: Charge, *, refused: bool = False) -> HTMLResponse:
        return page(
            "tap_payment.html",
            status=_UNPROCESSABLE if refused else 200,
            arabic=charge.order.arabic,
            refused=refused,
            charge=charge,
            card=TEST_CARD,
            expiry=self._settings.capture_expiry,
        )


def _ending(charge: Charge, status: Ended, script: TapScript, at: datetime) -> Ending:
    later, back = script.becomes, script.auto_reversed_after_seconds
    if status == "CANCELLED":
        later = back = None  # nothing reached the card's bank
    return Ending(
        status=status,
        code=script.code,
        at=at,
        amount=str(Money.parse(charge.order.amount) + Money(script.amount_off_by_fils)),
        currency=script.currency,
        trackid=script.reported_trackid,
        numbers=Numbers(gateway=_digits(15), payment=_digits(16), acquirer=_digits(12), auth=f"B{_digits(5)}"),
        becomes=later.status if later else None,
        becomes_at=at + timedelta(seconds=later.after_seconds) if later else None,
        reversed_at=at + timedelta(seconds=back) if back is not None else None,
    )


def _back(charge: Charge) -> RedirectResponse:
    url = charge.order.return_url
    return RedirectResponse(f"{url}{'&' if '?' in url else '?'}tap_id={charge.id}", status_code=303)


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"

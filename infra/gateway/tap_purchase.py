"""What we ask Tap for when a payer sets out, and what a right answer to it holds."""

import re
from typing import Any

from infra.errors import PermanentError, UnknownOutcomeError
from infra.gateway import MalformedMessageError, PaymentRequest, Redirect
from infra.gateway.tap_charge import CHARGE_ID, evidence_of
from infra.gateway.tap_json import amount_to_json, text_at
from infra.gateway.trackid import TRACKID
from infra.settings import TapSettings
from models.base import CURRENCY
from models.money import Money

KNET_ONLY = "src_kw.knet"
_MOST = Money(999_999_999)
_WEB_ADDRESS = re.compile(r"https?://[!-~]{1,2000}")


def check(request: PaymentRequest) -> None:
    """PermanentError when it is not a payment that Tap takes, or names a charge that cannot be one of Tap's."""
    if TRACKID.fullmatch(request.trackid) is None:
        raise PermanentError("a trackid has 1 to 19 capital letters and digits")
    if not Money(0) < request.amount <= _MOST:
        raise PermanentError("Tap takes amounts from 0.001 to 999999.999")
    if request.paymentid and CHARGE_ID.fullmatch(request.paymentid) is None:
        raise PermanentError("the id of a charge at Tap is `chg_` and letters or digits")


def charge_body(request: PaymentRequest, settings: TapSettings) -> dict[str, Any]:
    """Nothing personal goes to Tap: the name that it demands is one word for every payer."""
    return {
        "amount": amount_to_json(request.amount),
        "currency": CURRENCY,
        "customer_initiated": True,
        "threeDSecure": True,
        "save_card": False,
        "receipt": {"email": False, "sms": False},
        "reference": {
            "transaction": request.trackid,
            "order": request.case_reference,
            "idempotent": request.trackid,
        },
        "customer": {"first_name": "Payer"},
        "merchant": {"id": settings.merchant_id},
        "source": {"id": KNET_ONLY},
        "transaction": {"expiry": {"period": settings.expiry_minutes, "type": "MINUTE"}},
        "redirect": {"url": request.return_url},
        "post": {"url": request.response_url},
    }


def redirect_of(charge: dict[str, Any], request: PaymentRequest, settings: TapSettings) -> Redirect:
    """UnknownOutcomeError unless it is this payment's charge, with a page, and that page encrypted if the API is."""
    try:
        evidence, page = evidence_of(charge), text_at(charge, "transaction.url")
    except MalformedMessageError:
        raise UnknownOutcomeError("Tap's answer to a new charge cannot be read") from None
    if (evidence.trackid, evidence.amount) != (request.trackid, request.amount):
        raise UnknownOutcomeError("Tap answered a new charge with another one")
    exposed = settings.api_url.startswith("https://") and not page.startswith("https://")
    if exposed or _WEB_ADDRESS.fullmatch(page) is None:
        raise UnknownOutcomeError("Tap answered a new charge without the address of its page")
    return Redirect(url=page, paymentid=evidence.paymentid)

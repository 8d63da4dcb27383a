"""Reads what a merchant asks of the sandbox's Tap, and refuses it as strictly as Tap documents it."""

from typing import Any
from urllib.parse import urlsplit

from infra.gateway import MalformedMessageError
from infra.gateway.tap_json import amount_at, read_object, text_at
from infra.sandbox.tap_books import ChargeOrder, TapRefusedError
from models.base import CURRENCY
from models.money import Money

_LONGEST = 65_536
_MINUTES = range(5, 61)
_USUAL_MINUTES = "30"
_LONGEST_KEY = 100


def read_body(body: bytes) -> dict[str, Any]:
    try:
        return read_object(body or b"{}", longest=_LONGEST)
    except MalformedMessageError:
        raise TapRefusedError("1101", "the request is not JSON, or a name stands in it twice") from None


def read_text(asked: dict[str, Any], path: str) -> str:
    try:
        return text_at(asked, path)
    except MalformedMessageError:
        raise TapRefusedError("1101", f"{path} is not a text") from None


def read_amount(asked: dict[str, Any]) -> Money:
    if read_text(asked, "currency") != CURRENCY:
        raise TapRefusedError("1105", "KNET takes Kuwaiti dinars only")
    try:
        amount = amount_at(asked)
    except MalformedMessageError:
        raise TapRefusedError("1108", "the amount is not a number of whole fils") from None
    if amount.fils <= 0:
        raise TapRefusedError("1108", "the amount is not more than nothing")
    return amount


def read_key(asked: dict[str, Any]) -> str:
    key = read_text(asked, "reference.idempotent")
    if len(key) > _LONGEST_KEY:
        raise TapRefusedError("1101", "the idempotency key is too long")
    return key


def read_charge(asked: dict[str, Any], *, arabic: bool) -> ChargeOrder:
    amount, minutes = read_amount(asked), read_text(asked, "transaction.expiry.period") or _USUAL_MINUTES
    if read_text(asked, "source.id") != "src_kw.knet":
        raise TapRefusedError("1111", "the sandbox knows the source src_kw.knet only")
    if not read_text(asked, "customer.first_name"):
        raise TapRefusedError("1102", "the customer has no first name")
    if not minutes.isdecimal() or int(minutes) not in _MINUTES:
        raise TapRefusedError("1101", "a page stays open for 5 to 60 minutes")
    return ChargeOrder(
        trackid=read_text(asked, "reference.transaction"),
        order=read_text(asked, "reference.order"),
        key=read_key(asked),
        amount=str(amount),
        arabic=arabic,
        minutes=int(minutes),
        merchant_id=read_text(asked, "merchant.id"),
        response_url=_address(asked, "post.url"),
        return_url=_address(asked, "redirect.url"),
    )


def _address(asked: dict[str, Any], path: str) -> str:
    url = read_text(asked, path)
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).hostname:
        raise TapRefusedError("1101", f"{path} is not a web address")
    return url

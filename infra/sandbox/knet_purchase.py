"""Reads the request that the payer's browser brings to the hosted page, and refuses it as strictly as KNET."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from infra.gateway import MalformedMessageError, knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.sandbox.books import Purchase
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.settings import SandboxSettings
from models.errors import InputError
from models.money import Money

_TRACKID = re.compile(r"[A-Za-z0-9]{1,40}")
_LONGEST_URL = 255


@dataclass(frozen=True, slots=True)
class Outer:
    """The parts of the request that travel outside the encryption."""

    trandata: str
    tranportal_id: str
    response_url: str
    error_url: str


def read_purchase(outer: Outer, *, settings: SandboxSettings) -> Purchase:
    """The purchase inside, or KnetRefusalError with the first thing that is wrong."""
    fields = _decrypt(outer.trandata, settings=settings)
    if not settings.tranportal_id == outer.tranportal_id == fields.get("id"):
        raise KnetRefusalError(Code.TERMINAL)
    if fields.get("password") != settings.tranportal_password.get_secret_value():
        raise KnetRefusalError(Code.PASSWORD)
    if fields.get("action") != "1":
        raise KnetRefusalError(Code.ACTION)
    if fields.get("currencycode") != "414" or fields.get("langid") not in settings.langids:
        raise KnetRefusalError(Code.REQUEST)
    if _TRACKID.fullmatch(fields.get("trackid", "")) is None:
        raise KnetRefusalError(Code.REQUEST)
    _check_amount(fields.get("amt", ""))
    _check_url(fields.get("responseurl", ""), outside=outer.response_url, code=Code.RESPONSE_URL)
    _check_url(fields.get("errorurl", ""), outside=outer.error_url, code=Code.ERROR_URL)
    return Purchase(
        trackid=fields["trackid"],
        amt=fields["amt"],
        langid=fields["langid"],
        response_url=fields["responseurl"],
        error_url=fields["errorurl"],
        udf={name: fields.get(name, "") for name in ("udf1", "udf2", "udf3", "udf4", "udf5")},
    )


def _decrypt(trandata: str, *, settings: SandboxSettings) -> dict[str, str]:
    try:
        return knet_fields.parse(TrandataCipher(settings.resource_key).decrypt(trandata.encode("utf-8")))
    except MalformedMessageError:
        raise KnetRefusalError(Code.TRANDATA) from None


def _check_amount(amt: str) -> None:
    try:
        positive = Money.parse(amt).fils > 0
    except InputError:
        positive = False
    if not positive:
        raise KnetRefusalError(Code.AMOUNT)


def _check_url(url: str, *, outside: str, code: Code) -> None:
    parts = urlsplit(url)
    local = parts.hostname in {"127.0.0.1", "localhost"}
    secure = parts.scheme == "https" or (parts.scheme == "http" and local)
    if not secure or parts.query or parts.fragment or len(url) > _LONGEST_URL or url != outside:
        raise KnetRefusalError(code)

"""KNET (FSS iPay, "raw" method): a hosted page by redirect, a notification that is a hint, an inquiry that is proof."""

import re
from dataclasses import replace
from urllib.parse import urlencode, urlsplit

import httpx

from infra.errors import PermanentError
from infra.gateway import Evidence, PaymentRequest, knet_fields
from infra.gateway.knet_cipher import MalformedTrandataError, TrandataCipher
from infra.gateway.knet_inquiry import MEDIA_TYPE, question, read_elements
from infra.gateway.knet_results import outcome_of_code, outcome_of_result
from infra.gateway.trackid import TRACKID
from infra.settings import KnetSettings
from models.errors import InputError
from models.evidence import EvidenceOutcome
from models.money import Money
from models.service import Language

_KUWAITI_DINAR = "414"
_ACTION_PURCHASE = "1"
_LONGEST_URL = 255
_LONGEST_AMOUNT = 10
_LONGEST_BODY = 16_384
_HEX = re.compile(r"[0-9A-Fa-f]+")
_WEB_ADDRESS = re.compile(r"https?://[!-~]+")
_NOT_ALPHANUMERIC = re.compile(r"[^A-Za-z0-9]")


class KnetGateway:
    """One KNET terminal. `client` verifies certificates; KNET is never asked over a connection that does not."""

    name = "knet"

    def __init__(self, settings: KnetSettings, *, client: httpx.Client | None = None) -> None:
        self._settings = settings
        self._cipher = TrandataCipher(settings.resource_key)
        self._client = client or httpx.Client(timeout=settings.timeout_seconds)

    def prepare(self, request: PaymentRequest) -> str:
        _check(request)
        trandata = self._cipher.encrypt(knet_fields.join(self._purchase(request)))
        query = {
            "param": "paymentInit",
            "trandata": trandata,
            "tranportalId": self._settings.tranportal_id,
            "responseURL": request.response_url,
            "errorURL": request.error_url,
        }
        return f"{self._settings.page_url}?{urlencode(query)}"

    def _purchase(self, request: PaymentRequest) -> list[tuple[str, str]]:
        arabic = request.language is Language.ARABIC
        return [
            ("id", self._settings.tranportal_id),
            ("password", self._settings.tranportal_password.get_secret_value()),
            ("action", _ACTION_PURCHASE),
            ("langid", self._settings.language_ar if arabic else self._settings.language_en),
            ("currencycode", _KUWAITI_DINAR),
            ("amt", str(request.amount)),
            ("responseURL", request.response_url),
            ("errorURL", request.error_url),
            ("trackid", request.trackid),
            ("udf1", _NOT_ALPHANUMERIC.sub("", request.case_reference)),
            ("udf2", ""),
            ("udf3", ""),  # eight digits here, such as a telephone number, would open somebody's saved cards
            ("udf4", ""),
            ("udf5", f"ptlf {request.trackid}"),  # the prefix carries our trackid into the bank's settlement report
        ]

    def parse_inbound(self, body: bytes, content_type: str) -> Evidence:  # noqa: ARG002 - its label is not reliable
        """Accepts `trandata` in a form, the bare hexadecimal text, and the plain fields of an error."""
        if len(body) > _LONGEST_BODY:
            raise MalformedTrandataError
        try:
            text = body.decode("ascii").strip()
        except UnicodeDecodeError:
            raise MalformedTrandataError from None
        if _HEX.fullmatch(text):
            return self._decrypted(text)
        fields = knet_fields.parse(text)
        if fields.get("trandata"):
            return self._decrypted(fields["trandata"])
        if fields.get("error"):
            return _evidence(outcome_of_code(fields["error"]), fields, result_text=fields["error"])
        raise MalformedTrandataError

    def _decrypted(self, trandata: str) -> Evidence:
        fields = knet_fields.parse(self._cipher.decrypt(trandata.encode("ascii")))
        if not fields.get("result") or not fields.get("trackid"):
            raise MalformedTrandataError
        evidence = _evidence(outcome_of_result(fields["result"]), fields, result_text=fields["result"])
        return replace(evidence, decrypted=True)

    def acknowledge(self, return_url: str) -> bytes:
        """`REDIRECT=<url>` and not a byte more: KNET takes the money back when it reads anything else."""
        if _WEB_ADDRESS.fullmatch(return_url) is None:
            raise PermanentError("the return address must be an absolute web address")
        return b"REDIRECT=" + return_url.encode("ascii")

    def inquire(self, request: PaymentRequest) -> Evidence:
        """What KNET holds about `request.trackid`. A tag that KNET left out of the answer counts as asked."""
        _check(request)
        try:
            reply = self._client.post(
                self._settings.tranportal_url,
                params={"param": "tranInit"},
                content=question(request, self._settings),
                headers={"Content-Type": MEDIA_TYPE},
            )
        except httpx.HTTPError as error:
            return _no_answer(request, type(error).__name__)
        if reply.status_code != httpx.codes.OK:
            return _no_answer(request, f"HTTP {reply.status_code}")
        try:
            fields = read_elements(reply.content)
        except MalformedTrandataError:
            return _no_answer(request, "not an answer")
        if not fields.get("result"):
            return _no_answer(request, "no result")
        asked = {"trackid": request.trackid}
        given = {name: value for name, value in fields.items() if value}
        evidence = _evidence(outcome_of_result(fields["result"]), asked | given, result_text=fields["result"])
        return replace(evidence, raw=reply.content)

    def close(self) -> None:
        self._client.close()


def _evidence(outcome: EvidenceOutcome, fields: dict[str, str], *, result_text: str) -> Evidence:
    amount = None
    if text := fields.get("amt"):
        try:
            amount = Money.parse(text)
        except InputError:
            outcome = EvidenceOutcome.MALFORMED
    if outcome is EvidenceOutcome.CAPTURED and amount is None:
        outcome = EvidenceOutcome.MALFORMED  # money of an unknown sum is neither ours nor somebody else's yet
    return Evidence(
        outcome=outcome,
        trackid=fields.get("trackid", ""),
        paymentid=fields.get("paymentid", ""),
        tranid=fields.get("tranid", ""),
        ref=fields.get("ref", ""),
        auth=fields.get("auth", ""),
        amount=amount,
        postdate=fields.get("postdate", ""),
        result_text=result_text,
        fields=fields,
    )


def _no_answer(request: PaymentRequest, why: str) -> Evidence:
    return Evidence(outcome=EvidenceOutcome.TRANSPORT_ERROR, trackid=request.trackid, result_text=why)


def _check(request: PaymentRequest) -> None:
    if TRACKID.fullmatch(request.trackid) is None:
        raise PermanentError("a trackid has 1 to 19 capital letters and digits")
    if request.amount.fils <= 0 or len(str(request.amount)) > _LONGEST_AMOUNT:
        raise PermanentError("KNET takes amounts from 0.001 to 999999.999")
    for url in (request.response_url, request.error_url):
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.query or parts.fragment or len(url) > _LONGEST_URL:
            raise PermanentError("KNET takes web addresses of up to 255 characters, without a query")

"""KNET (FSS iPay, "raw" method): a hosted page by redirect, a notification that is a hint, an inquiry that is proof."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from urllib.parse import urlencode

import httpx

from infra.clock import written_day
from infra.errors import PermanentError
from infra.gateway import (
    Acknowledgement,
    Capabilities,
    Evidence,
    Lookup,
    MalformedMessageError,
    Notification,
    PaymentRequest,
    Redirect,
    RefundRequest,
    knet_fields,
)
from infra.gateway.knet_checks import check, check_refund
from infra.gateway.knet_cipher import TrandataCipher
from infra.gateway.knet_inquiry import ACTION_INQUIRE, ACTION_REFUND
from infra.gateway.knet_results import outcome_of_code, outcome_of_refund, outcome_of_result
from infra.gateway.knet_tranportal import Tranportal, evidence_of
from infra.settings import KnetDelivery, KnetSettings
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import Posting
from models.service import Language

_KUWAITI_DINAR = "414"
_ACTION_PURCHASE = "1"
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
        self._tranportal = Tranportal(settings, client or httpx.Client(timeout=settings.timeout_seconds))

    @property
    def capabilities(self) -> Capabilities:
        acknowledged = self._settings.delivery is KnetDelivery.NOTIFICATION
        return Capabilities(
            notification=Notification.ACKNOWLEDGED if acknowledged else Notification.BROWSER,
            lookup=Lookup.PRESENCE,
            submit_again_within=None,
            refund_again_within=None,
            refund_lookup=False,
            partial_refund=True,
            lists_transactions=False,
        )

    def prepare(self, request: PaymentRequest) -> Redirect:
        """The payer's browser carries the request; KNET knows nothing of it before it arrives there."""
        check(request)
        trandata = self._cipher.encrypt(knet_fields.join(self._purchase(request)))
        query = {
            "param": "paymentInit",
            "trandata": trandata,
            "tranportalId": self._settings.tranportal_id,
            "responseURL": request.response_url,
            "errorURL": request.error_url,
        }
        return Redirect(url=f"{self._settings.page_url}?{urlencode(query)}")

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

    def parse_inbound(self, body: bytes, headers: Mapping[str, str]) -> Evidence:  # noqa: ARG002 - labels lie
        """Accepts `trandata` in a form, the bare hexadecimal text, and the plain fields of an error."""
        if len(body) > _LONGEST_BODY:
            raise MalformedMessageError
        try:
            text = body.decode("ascii").strip()
        except UnicodeDecodeError:
            raise MalformedMessageError from None
        if _HEX.fullmatch(text):
            return self._decrypted(text)
        fields = knet_fields.parse(text)
        if fields.get("trandata"):
            return self._decrypted(fields["trandata"])
        if fields.get("error"):
            return evidence_of(outcome_of_code(fields["error"]), fields, result_text=fields["error"])
        raise MalformedMessageError

    def _decrypted(self, trandata: str) -> Evidence:
        fields = knet_fields.parse(self._cipher.decrypt(trandata.encode("ascii")))
        if not fields.get("result") or not fields.get("trackid"):
            raise MalformedMessageError
        evidence = evidence_of(outcome_of_result(fields["result"]), fields, result_text=fields["result"])
        return replace(evidence, under_key=True)

    def acknowledge(self, return_url: str) -> Acknowledgement:
        """`REDIRECT=<url>` and not a byte more: KNET takes the money back when it reads anything else.

        Of a legacy terminal the payer's own browser asks, and is sent on.
        """
        if _WEB_ADDRESS.fullmatch(return_url) is None:
            raise PermanentError("the return address must be an absolute web address")
        if self._settings.delivery is KnetDelivery.LEGACY:
            return Acknowledgement(status=httpx.codes.SEE_OTHER, headers={"Location": return_url})
        return Acknowledgement(
            status=httpx.codes.OK,
            body=b"REDIRECT=" + return_url.encode("ascii"),
            headers={"Content-Type": "text/plain"},
        )

    def inquire(self, request: PaymentRequest) -> Evidence:
        """What KNET holds about `request.trackid`. A tag that KNET left out of the answer counts as asked."""
        check(request)
        reply = self._tranportal.ask(ACTION_INQUIRE, trackid=request.trackid, amount=request.amount)
        if isinstance(reply, Evidence):
            unknown = reply.outcome is EvidenceOutcome.NOT_SENT  # of a question it makes no difference
            return replace(reply, outcome=EvidenceOutcome.TRANSPORT_ERROR) if unknown else reply
        asked = {"trackid": request.trackid}
        given = {name: value for name, value in reply.fields.items() if value}
        result = given["result"]
        return replace(evidence_of(outcome_of_result(result), asked | given, result_text=result), raw=reply.body)

    def refund(self, request: RefundRequest) -> Evidence:
        """One request on the wire, ever: KNET has no key by which it would know the second from the first."""
        check_refund(request)
        reply = self._tranportal.ask(ACTION_REFUND, trackid=request.trackid, amount=request.amount)
        if isinstance(reply, Evidence):
            return reply
        asked = {"trackid": request.trackid, "amt": str(request.amount)}
        given = {name: value for name, value in reply.fields.items() if value}
        result = given["result"]
        return replace(evidence_of(outcome_of_refund(result), asked | given, result_text=result), raw=reply.body)

    def lookup_refund(self, request: RefundRequest) -> Evidence:
        raise PermanentError(f"KNET cannot be asked about refund {request.refund_id}; the settlement file tells")

    def list_transactions(self, day: date) -> list[Posting]:
        raise PermanentError(f"KNET cannot be asked what it posted on {written_day(day)}; import its settlement file")

    def close(self) -> None:
        self._tranportal.close()

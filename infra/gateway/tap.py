"""Tap (version 2): a charge is made before the payer sets out, its webhook is a hint, the charge itself is proof."""

import hmac
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Final

import httpx

from infra.errors import PermanentError, TransientError, UnknownOutcomeError
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
)
from infra.gateway.tap_charge import evidence_of, signature
from infra.gateway.tap_connection import TapConnection, TapRefusalError
from infra.gateway.tap_json import read_object
from infra.gateway.tap_postings import postings
from infra.gateway.tap_purchase import charge_body, check, redirect_of
from infra.gateway.tap_refund import REFUND_ID, refund_body, refund_evidence
from infra.settings import TapSettings
from models.payments.evidence import EvidenceOutcome as Outcome
from models.payments.posting import Posting

_LONGEST_NOTICE = 65_536
_KEY_WINDOW = timedelta(hours=23)  # Tap forgets a key after 24 hours; an hour for clocks and slow roads

CAPABILITIES: Final = Capabilities(
    notification=Notification.WEBHOOK,
    lookup=Lookup.PRESENCE_AND_ABSENCE,
    submit_again_within=_KEY_WINDOW,
    refund_again_within=_KEY_WINDOW,
    refund_lookup=True,
    partial_refund=True,
    lists_transactions=True,
)


class TapGateway:
    """One merchant of Tap's. `client` verifies certificates."""

    name = "tap"

    def __init__(self, settings: TapSettings, *, client: httpx.Client | None = None) -> None:
        self._settings = settings
        self._tap = TapConnection(settings, client or httpx.Client(timeout=settings.timeout_seconds))

    @property
    def capabilities(self) -> Capabilities:
        return CAPABILITIES

    def prepare(self, request: PaymentRequest) -> Redirect:
        """Make the charge, or within 24 hours find the one that this trackid made; its id is `paymentid`."""
        check(request)
        content = charge_body(request, self._settings)
        reply = self._tap.ask("POST", "charges", content, language=request.language)
        return redirect_of(reply.message, request, self._settings)

    def parse_inbound(self, body: bytes, headers: Mapping[str, str]) -> Evidence:
        """A webhook of a charge. Its signature does not cover the trackid: only the charge itself tells whose it is."""
        charge = read_object(body, longest=_LONGEST_NOTICE)
        given = {name.lower(): value for name, value in headers.items()}.get("hashstring", "")
        expected = signature(charge, self._settings.secret_key)
        if not hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode()):
            raise MalformedMessageError
        evidence = evidence_of(charge)
        if not evidence.trackid:
            raise MalformedMessageError
        return replace(evidence, under_key=True)

    def acknowledge(self, return_url: str) -> Acknowledgement:  # noqa: ARG002 - Tap sends the payer back by itself
        return Acknowledgement(status=httpx.codes.OK)

    def inquire(self, request: PaymentRequest) -> Evidence:
        """What became of the charge `paymentid`. Without one, nobody was ever given a page to pay on: NOT_FOUND."""
        check(request)
        if not request.paymentid:
            return Evidence(Outcome.NOT_FOUND, request.trackid, result_text="no charge was made")
        evidence = self._found(request)
        return replace(evidence, trackid=evidence.trackid or request.trackid, paymentid=request.paymentid)

    def _found(self, request: PaymentRequest) -> Evidence:
        try:
            reply = self._tap.ask("GET", f"charges/{request.paymentid}")
            evidence = replace(evidence_of(reply.message), raw=reply.body)
        except (TransientError, UnknownOutcomeError) as error:
            return _nothing(Outcome.TRANSPORT_ERROR, error)
        except TapRefusalError as refusal:
            return _nothing(_of_question(refusal), refusal)
        except MalformedMessageError as error:
            return _nothing(Outcome.TRANSPORT_ERROR, error)
        if evidence.paymentid != request.paymentid:
            return Evidence(Outcome.TRANSPORT_ERROR, "", result_text="the answer is about another charge")
        return evidence

    def refund(self, request: RefundRequest) -> Evidence:
        """Safe to repeat within `refund_again_within`: Tap answers with the first refund."""
        content = refund_body(request)
        try:
            reply = self._tap.ask("POST", "refunds", content)
        except TransientError as error:
            evidence = _nothing(Outcome.NOT_SENT, error)
        except UnknownOutcomeError as error:
            evidence = _nothing(Outcome.TRANSPORT_ERROR, error)
        except TapRefusalError as refusal:
            evidence = _nothing(Outcome.CONFIG_ERROR if refusal.is_ours else Outcome.DECLINED, refusal)
        else:
            evidence = replace(refund_evidence(reply.message, request), raw=reply.body)
        return replace(evidence, trackid=request.trackid, paymentid=request.paymentid)

    def lookup_refund(self, request: RefundRequest) -> Evidence:
        """By Tap's own id; when that was never heard, by the same request again, which is the same refund.

        The caller sees to it that this happens within `refund_again_within`: later it would be another refund.
        """
        if not request.refund_reference:
            return self.refund(request)
        if REFUND_ID.fullmatch(request.refund_reference) is None:
            raise PermanentError("the id of a refund at Tap is `re_` and letters or digits")
        try:
            reply = self._tap.ask("GET", f"refunds/{request.refund_reference}")
        except (TransientError, UnknownOutcomeError) as error:
            evidence = _nothing(Outcome.TRANSPORT_ERROR, error)
        except TapRefusalError as refusal:
            evidence = _nothing(_of_question(refusal), refusal)
        else:
            evidence = replace(refund_evidence(reply.message, request), raw=reply.body)
        return replace(evidence, trackid=request.trackid, paymentid=request.paymentid)

    def list_transactions(self, day: date) -> list[Posting]:
        """Raises TransientError when Tap does not answer, PermanentError when it refuses."""
        return postings(self._tap, day)

    def close(self) -> None:
        self._tap.close()


def _nothing(outcome: Outcome, why: Exception) -> Evidence:
    return Evidence(outcome, "", result_text=str(why))


def _of_question(refusal: TapRefusalError) -> Outcome:
    if refusal.is_ours:
        return Outcome.CONFIG_ERROR
    return Outcome.NOT_FOUND if refusal.http_status == httpx.codes.NOT_FOUND else Outcome.TRANSPORT_ERROR

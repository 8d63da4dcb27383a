"""Asking KNET's tranportal over HTTPS, and what its answers say; a circuit breaker spares a KNET that is down."""

from dataclasses import dataclass, field
from typing import NoReturn

import httpx

from infra.breaker import BreakerOpenError, new_breaker
from infra.gateway import Evidence, MalformedMessageError
from infra.gateway.knet_inquiry import MEDIA_TYPE, question, read_elements
from infra.settings import KnetSettings
from models.errors import InputError
from models.money import Money
from models.payments.evidence import EvidenceOutcome


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that could be read; `fields` has a `result`."""

    fields: dict[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Tranportal:
    def __init__(self, settings: KnetSettings, client: httpx.Client) -> None:
        self._settings = settings
        self._client = client
        self._breaker = new_breaker("knet")

    def ask(self, action: str, *, trackid: str, amount: Money) -> Reply | Evidence:
        """The answer, or the evidence that there was none: NOT_SENT when it is certain that KNET heard nothing."""
        try:
            with self._breaker.calling():
                answer = self._post(question(action, trackid=trackid, amount=amount, settings=self._settings))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, BreakerOpenError) as error:
            return _no_answer(EvidenceOutcome.NOT_SENT, trackid, why=type(error).__name__)
        except httpx.HTTPStatusError as error:
            return _no_answer(EvidenceOutcome.TRANSPORT_ERROR, trackid, why=f"HTTP {error.response.status_code}")
        except httpx.HTTPError as error:
            return _no_answer(EvidenceOutcome.TRANSPORT_ERROR, trackid, why=type(error).__name__)
        try:
            fields = read_elements(answer.content)
        except MalformedMessageError:
            return _no_answer(EvidenceOutcome.TRANSPORT_ERROR, trackid, why="not an answer")
        if not fields.get("result"):
            return _no_answer(EvidenceOutcome.TRANSPORT_ERROR, trackid, why="no result")
        return Reply(fields, answer.content)

    def _post(self, content: bytes) -> httpx.Response:
        answer = self._client.post(
            self._settings.tranportal_url,
            params={"param": "tranInit"},
            content=content,
            headers={"Content-Type": MEDIA_TYPE},
        )
        return answer if answer.status_code == httpx.codes.OK else _refuse(answer)

    def close(self) -> None:
        self._client.close()


def _refuse(answer: httpx.Response) -> NoReturn:
    """A redirect too is no answer: it is not followed, because it would carry the password elsewhere."""
    raise httpx.HTTPStatusError("not an answer", request=answer.request, response=answer)


def evidence_of(outcome: EvidenceOutcome, fields: dict[str, str], *, result_text: str) -> Evidence:
    """The evidence in a message's fields; a capture of an unreadable sum is MALFORMED."""
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


def _no_answer(outcome: EvidenceOutcome, trackid: str, *, why: str) -> Evidence:
    return Evidence(outcome=outcome, trackid=trackid, result_text=why)

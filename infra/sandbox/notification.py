"""Delivers a result to the merchant's server, and reads whether the answer is exactly right."""

import asyncio
import re

import httpx
import structlog

from infra.sandbox.books import Payment
from infra.sandbox.result_text import result_body
from infra.sandbox.scenario import Script
from infra.sandbox.settings import SandboxSettings

_log = structlog.get_logger()
_ANSWER = re.compile(rb"REDIRECT=(?P<url>https?://[!-~]{1,1000})")
_LONGEST_ANSWER = 1024
_HEADERS = {"Content-Type": "application/x-www-form-urlencoded"}


class Messenger:
    """`client` allows the merchant as much time as the terminal's settings do."""

    def __init__(self, settings: SandboxSettings, client: httpx.AsyncClient) -> None:
        self._settings = settings
        self._client = client

    async def deliver(self, payment: Payment, script: Script) -> str | None:
        """The address that the merchant answers with; None when no answer is `REDIRECT=<url>` and no more.

        Of several copies one right answer is enough. What is said to a contradicting copy is not heard.
        """
        notify = script.notify
        await asyncio.sleep(notify.delay_seconds)
        if notify.contradict == "before":
            await self._post(_opposite(payment), cut=False)
        copies = [self._post(payment, cut=script.ack == "cut") for _ in range(max(1, notify.times))]
        answers = await asyncio.gather(*copies) if notify.concurrent else [await copy for copy in copies]
        if notify.contradict in {True, "after"}:
            await self._post(_opposite(payment), cut=False)
        return next(filter(None, answers), None)

    async def _post(self, payment: Payment, *, cut: bool) -> str | None:
        url, body = payment.purchase.response_url, result_body(payment, self._settings)
        try:
            async with self._client.stream("POST", url, content=body, headers=_HEADERS) as reply:
                answer = b"" if cut else await _first_bytes(reply)
        except httpx.HTTPError as error:
            _log.warning("sandbox_notification_lost", paymentid=payment.paymentid, error=type(error).__name__)
            return None
        match = _ANSWER.fullmatch(answer) if reply.status_code == httpx.codes.OK else None
        if match is None:
            _log.warning("sandbox_notification_refused", paymentid=payment.paymentid, status=reply.status_code)
            return None
        return match["url"].decode("ascii")


def _opposite(payment: Payment) -> Payment:
    captured = payment.result == "CAPTURED"
    changes = {"result": "NOT CAPTURED", "auth_resp_code": "05"} if captured else {"result": "CAPTURED"}
    return payment.model_copy(update=changes)


async def _first_bytes(reply: httpx.Response) -> bytes:
    answer = b""
    async for part in reply.aiter_bytes():
        answer += part
        if len(answer) > _LONGEST_ANSWER:
            break
    return answer

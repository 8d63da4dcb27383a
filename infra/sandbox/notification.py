"""Delivers a result to the merchant's server, and takes the payment back when the answer is not exactly right."""

import re

import httpx
import structlog

from infra.gateway import knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.sandbox.bank import Payment
from infra.sandbox.settings import NotificationBody, SandboxSettings

_log = structlog.get_logger()
_ANSWER = re.compile(rb"REDIRECT=(?P<url>https?://[!-~]{1,1000})")
_LONGEST_ANSWER = 1024


def deliver(payment: Payment, *, settings: SandboxSettings, client: httpx.Client) -> str | None:
    """The address that the merchant answers with; None when it does not answer with `REDIRECT=<url>` and no more."""
    url, body = payment.purchase.response_url, _body(payment, settings=settings)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    try:
        with client.stream("POST", url, content=body, headers=headers) as reply:
            answer = _first_bytes(reply)
    except httpx.HTTPError as error:
        _log.warning("sandbox_notification_lost", paymentid=payment.paymentid, error=type(error).__name__)
        return None
    match = _ANSWER.fullmatch(answer) if reply.status_code == httpx.codes.OK else None
    if match is None:
        _log.warning("sandbox_notification_refused", paymentid=payment.paymentid, status=reply.status_code)
        return None
    return match["url"].decode("ascii")


def _first_bytes(reply: httpx.Response) -> bytes:
    answer = b""
    for part in reply.iter_bytes():
        answer += part
        if len(answer) > _LONGEST_ANSWER:
            break
    return answer


def _body(payment: Payment, *, settings: SandboxSettings) -> str:
    trandata = TrandataCipher(settings.resource_key).encrypt(result_text(payment))
    if settings.notification_body is NotificationBody.RAW_HEX:
        return trandata
    pairs = [("trandata", trandata)]
    if settings.notification_body is NotificationBody.FORM_PLAIN_IDS:
        pairs += [("paymentid", payment.paymentid), ("trackid", payment.purchase.trackid)]
    return knet_fields.join(pairs)


def result_text(payment: Payment) -> str:
    """The plain text of a result, in KNET's order."""
    values = {
        "paymentid": payment.paymentid,
        "result": payment.result or "",
        "auth": payment.auth,
        "avr": "N",
        "ref": payment.ref,
        "tranid": payment.tranid,
        "postdate": payment.postdate,
        "trackid": payment.purchase.trackid,
        **payment.purchase.udf,
        "amt": payment.purchase.amt,
        "authRespCode": payment.auth_code,
    }
    return knet_fields.join((name, value.replace(" ", "+")) for name, value in values.items())

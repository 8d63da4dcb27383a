"""KNET calls back: keep what it says, acknowledge in one line, decide nothing. The inquiry decides, in the worker."""

from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from infra.gateway import Evidence
from infra.gateway import MalformedMessageError
from infra.payments.hearing import hear
from infra.wiring import Ports
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from web.deps import PortsDep, SmallBody

router = APIRouter(prefix="/knet")
_log = structlog.get_logger()


@router.post("/response")
def knet_response(request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """KNET's notification, server to server. Our answer is exactly one line; anything else makes KNET reverse."""
    evidence, attempt = _keep(ports, body, request.headers.get("content-type", ""))
    if attempt is None:
        return PlainTextResponse("unknown payment", status_code=400)
    address = _return_url(ports, attempt) if evidence.decrypted else _pay_url(ports, attempt)
    return Response(ports.gateway.acknowledge(address), media_type="text/plain")


@router.api_route("/error", methods=["GET", "POST"])
def knet_error(request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """The payer's browser, sent here with plain fields that anybody could have written: a reason to ask."""
    said = body or urlencode(list(request.query_params.multi_items())).encode()
    _, attempt = _keep(ports, said, request.headers.get("content-type", ""), browser=True)
    if attempt is None:
        return PlainTextResponse("unknown payment", status_code=400)
    return RedirectResponse(_pay_url(ports, attempt), status_code=303)


def _keep(
    ports: Ports, body: bytes, content_type: str, *, browser: bool = False
) -> tuple[Evidence, PaymentAttempt | None]:
    """Only what came under the terminal's key is a notice; plain fields are a browser's word, wherever they arrive."""
    try:
        evidence = ports.gateway.parse_inbound(body, content_type)
    except MalformedMessageError:
        evidence = Evidence(outcome=EvidenceOutcome.MALFORMED, trackid="")
    unreadable_notice = evidence.outcome is EvidenceOutcome.MALFORMED and not browser
    notice = evidence.decrypted or unreadable_notice
    kind = EvidenceKind.CALLBACK if notice else EvidenceKind.ERROR_RETURN
    attempt = hear(ports, evidence, kind=kind, raw=body, now=ports.now())
    _log.info("gateway_heard", kind=kind.value, outcome=evidence.outcome.value, known=attempt is not None)
    return evidence, attempt


def _return_url(ports: Ports, attempt: PaymentAttempt) -> str:
    return f"{ports.settings.public_url}/pay/return/{attempt.return_token}"


def _pay_url(ports: Ports, attempt: PaymentAttempt) -> str:
    return f"{ports.settings.public_url}/pay/{attempt.order_id}"

"""KNET calls back: keep what it says, acknowledge in one line, decide nothing. The inquiry decides, in the worker."""

from urllib.parse import urlencode
from uuid import UUID

import structlog
from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from infra.gateway import Evidence
from infra.gateway.knet_cipher import MalformedTrandataError
from infra.payments import hear
from infra.wiring import Ports
from models.evidence import EvidenceKind, EvidenceOutcome
from web.deps import PortsDep, SmallBody

router = APIRouter(prefix="/knet")
_log = structlog.get_logger()


@router.post("/response")
def knet_response(request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """KNET's notification, server to server. Our answer is exactly one line; anything else makes KNET reverse."""
    attempt_id = _keep(ports, body, request.headers.get("content-type", ""), kind=EvidenceKind.CALLBACK)
    if attempt_id is None:
        return PlainTextResponse("unknown payment", status_code=400)
    return Response(ports.gateway.acknowledge(_return_url(ports, attempt_id)), media_type="text/plain")


@router.api_route("/error", methods=["GET", "POST"])
def knet_error(request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """The payer's browser, sent here with plain fields that anybody could have written: a reason to ask."""
    said = body or urlencode(list(request.query_params.multi_items())).encode()
    attempt_id = _keep(ports, said, request.headers.get("content-type", ""), kind=EvidenceKind.ERROR_RETURN)
    if attempt_id is None:
        return PlainTextResponse("unknown payment", status_code=400)
    return RedirectResponse(_return_url(ports, attempt_id), status_code=303)


def _keep(ports: Ports, body: bytes, content_type: str, *, kind: EvidenceKind) -> UUID | None:
    try:
        evidence = ports.gateway.parse_inbound(body, content_type)
    except MalformedTrandataError:
        evidence = Evidence(outcome=EvidenceOutcome.MALFORMED, trackid="")
    attempt_id = hear(ports, evidence, kind=kind, raw=body, now=ports.now())
    _log.info("gateway_heard", kind=kind.value, outcome=evidence.outcome.value, known=attempt_id is not None)
    return attempt_id


def _return_url(ports: Ports, attempt_id: UUID) -> str:
    return f"{ports.settings.public_url}/pay/return/{attempt_id}"

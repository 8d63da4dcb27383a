"""Gateways call back: keep what they say, answer exactly, decide nothing. The inquiry decides, in the worker."""

from typing import Annotated
from urllib.parse import urlencode

import structlog
from fastapi import APIRouter, Path, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from infra.database import untangled
from infra.gateway import Acknowledgement, Evidence, MalformedMessageError
from infra.payments.hearing import hear
from infra.wiring import Ports
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from web.deps import PortsDep, SmallBody
from web.pages import page

router = APIRouter()
_log = structlog.get_logger()
GatewayName = Annotated[str, Path(pattern="^(knet|tap)$")]


@router.post("/{gateway}/response")
def gateway_response(gateway: GatewayName, request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """A notification, server to server. KNET reverses the payment unless the answer is exactly its one line."""
    evidence, attempt = _keep(ports, gateway, body, dict(request.headers))
    if attempt is None:
        return PlainTextResponse("unknown payment", status_code=400)
    address = _return_url(ports, attempt) if evidence.under_key else _pay_url(ports, attempt)
    return _answer(ports.gateway_named(gateway).acknowledge(address))


@router.api_route("/{gateway}/error", methods=["GET", "POST"])
def gateway_error(gateway: GatewayName, request: Request, body: SmallBody, ports: PortsDep) -> Response:
    """The payer's browser, sent here with plain fields that anybody could have written: a reason to ask."""
    said = body or urlencode(list(request.query_params.multi_items())).encode()
    _, attempt = _keep(ports, gateway, said, dict(request.headers), browser=True)
    if attempt is None:
        return page("pay/unplaced.html", status=400)
    return RedirectResponse(_pay_url(ports, attempt), status_code=303)


def _keep(
    ports: Ports, gateway: str, body: bytes, headers: dict[str, str], *, browser: bool = False
) -> tuple[Evidence, PaymentAttempt | None]:
    """Only what came under the gateway's key is a notice; plain fields are a browser's word, wherever they arrive."""
    evidence = Evidence(outcome=EvidenceOutcome.MALFORMED, trackid="")
    try:
        evidence = ports.gateway_named(gateway).parse_inbound(body, headers)
    except KeyError:
        return evidence, None  # a gateway that this installation does not have
    except MalformedMessageError:
        pass
    unreadable_notice = evidence.outcome is EvidenceOutcome.MALFORMED and not browser
    notice = evidence.under_key or unreadable_notice
    kind = EvidenceKind.CALLBACK if notice else EvidenceKind.ERROR_RETURN
    now = ports.now()
    # Without an acknowledgement KNET gives the money back, so a conflict is not answered as trouble at once.
    attempt = untangled(lambda: hear(ports, evidence, kind=kind, raw=body, now=now, gateway=gateway))
    _log.info("gateway_heard", gateway=gateway, kind=kind, outcome=evidence.outcome.value, known=attempt is not None)
    return evidence, attempt


def _answer(acknowledgement: Acknowledgement) -> Response:
    return Response(acknowledgement.body, status_code=acknowledgement.status, headers=dict(acknowledgement.headers))


def _return_url(ports: Ports, attempt: PaymentAttempt) -> str:
    return f"{ports.settings.public_url}/pay/return/{attempt.return_token}"


def _pay_url(ports: Ports, attempt: PaymentAttempt) -> str:
    return f"{ports.settings.public_url}/pay/{attempt.order_id}"

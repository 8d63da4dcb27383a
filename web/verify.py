"""What the receipt's QR code leads to: whether its seal is ours, and what it vouches for."""

from fastapi import APIRouter
from fastapi.responses import Response

from infra.clock import KUWAIT
from infra.receipts.seal import SealError, SealPayload, public_key, verify
from web.deps import PortsDep
from web.pages import page

router = APIRouter()


@router.get("/v/{text}")
@router.get("/V/{text}")
def check_seal(text: str, ports: PortsDep) -> Response:
    """No name and no civil number is in a seal, so the page may be seen by anybody who holds the paper."""
    sealed: SealPayload | None
    try:
        sealed = verify(text.upper(), public_key(ports.settings.seal_key))
    except SealError:
        sealed = None
    issued_at = f"{sealed.issued_at.astimezone(KUWAIT):%d/%m/%Y %H:%M}" if sealed else ""
    return page("pay/seal.html", status=200 if sealed else 404, sealed=sealed, issued_at=issued_at)

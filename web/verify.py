"""What the receipt's QR code leads to: whether its seal is ours, and what it vouches for."""

from fastapi import APIRouter
from fastapi.responses import Response

from infra.clock import written_minute
from infra.database import all_of, unit_of_work
from infra.receipts.seal import SealError, SealPayload, public_key, verify
from infra.wiring import Ports
from models.receipt import Receipt
from web.deps import PortsDep
from web.pages import page
from web.revoked import revoked_page

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
    revoked = _revoked(ports, sealed.receipt_number) if sealed else None
    if sealed and revoked:
        return revoked_page(revoked, case_reference=sealed.case_reference)
    issued_at = written_minute(sealed.issued_at) if sealed else ""
    return page("pay/seal.html", status=200 if sealed else 404, sealed=sealed, issued_at=issued_at)


def _revoked(ports: Ports, number: str) -> Receipt | None:
    with unit_of_work(ports.engine) as session:
        found = all_of(session, Receipt, number=number)
    return next((each for each in found if each.revoked_at is not None), None)

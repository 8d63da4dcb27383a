"""A stored receipt that stands: read from the store as it was issued, checked by its hash, never rendered again."""

from uuid import UUID

import structlog
from fastapi import APIRouter
from fastapi.responses import Response

from infra.database import fetch, unit_of_work
from infra.errors import PermanentError
from infra.retaining.forbidding import erasure_begun
from models.case import Case
from models.errors import MissingError
from models.receipt import Receipt
from web.deps import PortsDep
from web.pages import page
from web.revoked import revoked_page

router = APIRouter(prefix="/receipts")
_log = structlog.get_logger()


@router.get("/{receipt_id}.pdf")
def receipt_pdf(receipt_id: UUID, ports: PortsDep) -> Response:
    """The address is random and known only to the applicant and to staff.

    In the place of one that was revoked is a page that says so. A file that is gone, or is not the one that was issued,
    is shown to nobody; staff are told.
    """
    try:
        with unit_of_work(ports.engine) as session:
            receipt = fetch(session, Receipt, receipt_id)
            gone = erasure_begun(session, receipt.case_id)
            reference = fetch(session, Case, receipt.case_id).reference
    except MissingError:
        return page("pay/unknown.html", status=404)
    if receipt.object_key is None or receipt.sha256 is None:
        return page("pay/unknown.html", status=404)
    if gone:
        return page("pay/unknown.html", status=410)
    if receipt.revoked_at is not None:
        return revoked_page(receipt, case_reference=reference)
    try:
        data = ports.store.get(receipt.object_key, sha256=receipt.sha256)
    except PermanentError as error:
        _log.error("staff_alert", alert="A stored receipt cannot be shown", text=f"{receipt.number}: {error}")
        return page("pay/damaged.html", status=500)
    disposition = f'inline; filename="{receipt.number}.pdf"'
    return Response(data, media_type="application/pdf", headers={"Content-Disposition": disposition})

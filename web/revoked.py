"""The page of a receipt that stands no more: since when and why, wherever its paper or its link leads."""

from fastapi.responses import Response

from infra.clock import written_minute
from models.receipt import Receipt, Revoked
from web.pages import page


def revoked_page(receipt: Receipt, *, case_reference: str) -> Response:
    """The paper cannot know it: the bank took the money back, or it was refunded."""
    return page(
        "pay/revoked.html",
        status=410,
        number=receipt.number,
        case_reference=case_reference,
        since=written_minute(receipt.revoked_at) if receipt.revoked_at else "",
        was_refunded=receipt.revoked_because == Revoked.REFUNDED,
    )

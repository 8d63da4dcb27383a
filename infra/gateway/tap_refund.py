"""A refund at Tap: what we ask for, and what its status means to us."""

import re
from typing import Any

from infra.errors import PermanentError
from infra.gateway import Evidence, MalformedMessageError, RefundRequest
from infra.gateway.tap_charge import CHARGE_ID
from infra.gateway.tap_json import amount_at, amount_to_json, text_at
from models.base import CURRENCY
from models.payments.evidence import EvidenceOutcome as Outcome

REFUND_ID = re.compile(r"re_[A-Za-z0-9_]{1,80}", re.ASCII)

_OUTCOMES = {
    "REFUNDED": Outcome.REFUNDED,
    "PENDING": Outcome.IN_PROGRESS,
    "INITIATED": Outcome.IN_PROGRESS,
    "IN_PROGRESS": Outcome.IN_PROGRESS,
    "DECLINED": Outcome.DECLINED,
    "FAILED": Outcome.DECLINED,
    "RESTRICTED": Outcome.DECLINED,
    "CANCELLED": Outcome.DECLINED,
    "CANCELED": Outcome.DECLINED,
    "TIMEDOUT": Outcome.HOST_TIMEOUT,
    "UNKNOWN": Outcome.HOST_TIMEOUT,
}
_FIELDS = (
    "id",
    "status",
    "amount",
    "currency",
    "charge_id",
    "created",
    "reference.merchant",
    "response.code",
    "response.message",
)


def refund_body(request: RefundRequest) -> dict[str, Any]:
    """The refund's own id is the key by which Tap knows a second request from the first."""
    if CHARGE_ID.fullmatch(request.paymentid) is None:
        raise PermanentError("a refund at Tap needs the id of the charge, `chg_` and letters or digits")
    if request.amount.fils <= 0:
        raise PermanentError("a refund is of at least one fils")
    return {
        "charge_id": request.paymentid,
        "amount": amount_to_json(request.amount),
        "currency": CURRENCY,
        "reason": "refund by the merchant",
        "reference": {"merchant": request.trackid, "idempotent": str(request.refund_id)},
    }


def refund_evidence(refund: dict[str, Any], request: RefundRequest) -> Evidence:
    """MALFORMED unless it is about this charge, this amount and, once it is known, this refund."""
    try:
        status, found = text_at(refund, "status"), text_at(refund, "id")
        ours = (
            REFUND_ID.fullmatch(found) is not None
            and request.refund_reference in {"", found}
            and text_at(refund, "charge_id") == request.paymentid
            and text_at(refund, "currency") == CURRENCY
        )
        amount = amount_at(refund)
        fields = {path: text for path in _FIELDS if (text := text_at(refund, path))}
    except MalformedMessageError:
        return Evidence(Outcome.MALFORMED, request.trackid, paymentid=request.paymentid)
    known = ours and amount == request.amount
    return Evidence(
        outcome=_OUTCOMES.get(status, Outcome.UNRECOGNISED) if known else Outcome.MALFORMED,
        trackid=request.trackid,
        paymentid=request.paymentid,
        tranid=found if known else "",
        amount=amount,
        result_text=status,
        fields=fields,
    )

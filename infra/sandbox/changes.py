"""What a payment at the sandbox's bank turns into: as the payer ends it, as time passes, as it is taken back."""

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Any

from infra.sandbox.books import Change, Ending, Payment, Posted, Result

_CODES = {"CAPTURED": "00", "NOT CAPTURED": "05", "SUSPECTED": "00"}


def ended(payment: Payment, ending: Ending, *, posted: Posted, now: datetime) -> Payment:
    """A cancelled payment never reached the switch and has no numbers of it."""
    if ending.result == "CANCELED":
        posted = posted.model_copy(update={"tranid": "", "ref": ""})
    changes = {
        "posted": posted,
        "reported_amount": ending.reported_amount,
        "reported_trackid": ending.reported_trackid,
        "change": _change(ending, now=now),
        "awaits": ending.awaits,
    }
    payment = _with_result(payment.model_copy(update=changes), ending.result, captured=ending.captured, at=now)
    return payment.model_copy(update={"auth_resp_code": ending.auth_resp_code or payment.auth_resp_code})


def matured(payment: Payment, *, now: datetime, post: Callable[[datetime], Posted]) -> Payment:
    """The same object when nothing is due. A capture that comes late is posted on the day on which it comes."""
    change = payment.change
    if change is None or now < change.at:
        return payment
    payment = payment.model_copy(update={"change": None})
    if change.result == "VOIDED":
        return _voided_later(payment, change)
    if change.result != "NOT CAPTURED" and payment.captured is None and payment.posted is not None:
        late = post(change.at)
        kept = {"tranid": payment.posted.tranid or late.tranid, "ref": payment.posted.ref or late.ref}
        payment = payment.model_copy(update={"posted": late.model_copy(update=kept)})
    return _with_result(payment, change.result, captured=payment.captured or change.captured, at=change.at)


def voided(payment: Payment, *, at: datetime, told: bool = True) -> Payment:
    return payment.model_copy(update={"voided": True, "void_at": at, "void_told": told})


def _change(ending: Ending, *, now: datetime) -> Change | None:
    if ending.becomes is None:
        return None
    return Change(result=ending.becomes, at=now + ending.after, captured=ending.captured)


def _voided_later(payment: Payment, change: Change) -> Payment:
    """What was not known to be captured was captured, and is taken back."""
    if payment.captured is None:
        payment = _with_result(payment, "CAPTURED", captured=change.captured, at=change.at)
    return payment if payment.voided else voided(payment, at=change.at)


def _with_result(payment: Payment, result: Result, *, captured: str, at: datetime) -> Payment:
    changes: dict[str, Any] = {"result": result, "auth_resp_code": _CODES.get(result, ""), "captured": None}
    if result in {"CAPTURED", "SUSPECTED"}:
        changes |= {"auth": payment.auth or _authorisation(), "captured": captured or payment.purchase.amt}
    payment = payment.model_copy(update=changes)
    return voided(payment, at=at) if result == "SUSPECTED" and not payment.voided else payment


def _authorisation() -> str:
    return f"A{secrets.randbelow(10**5):05d}"

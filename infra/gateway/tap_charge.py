"""A charge as Tap shows it: what its status means to us, and the signature over it that a webhook bears."""

import hashlib
import hmac
import re
from typing import Any

from pydantic import SecretStr

from infra.gateway import Evidence, MalformedMessageError
from infra.gateway.tap_json import amount_at, text_at
from models.base import CURRENCY
from models.money import Money
from models.payments.evidence import EvidenceOutcome as Outcome

CHARGE_ID = re.compile(r"chg_[A-Za-z0-9_]{1,80}", re.ASCII)
"""Checked before it becomes part of an address."""

_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)

# Whatever is not listed is not a failure: it is not known.
_OUTCOMES = {
    "CAPTURED": Outcome.CAPTURED,
    "VOID": Outcome.VOIDED,
    "FAILED": Outcome.DECLINED,
    "DECLINED": Outcome.DECLINED,
    "RESTRICTED": Outcome.DECLINED,
    "CANCELLED": Outcome.CANCELLED,
    "ABANDONED": Outcome.NOT_FOUND,  # the page closed and nobody had paid on it: given up as one never seen
    "INITIATED": Outcome.IN_PROGRESS,
    "IN_PROGRESS": Outcome.IN_PROGRESS,
    "TIMEDOUT": Outcome.HOST_TIMEOUT,  # Tap calls these two failed; a card's bank may still have paid
    "UNKNOWN": Outcome.HOST_TIMEOUT,
}
# Nothing of the customer or the card: evidence is kept for years, and people read it.
_FIELDS = (
    "id",
    "status",
    "amount",
    "currency",
    "auto_reversed",
    "transaction.created",
    "transaction.authorization_id",
    "reference.track",
    "reference.payment",
    "reference.gateway",
    "reference.acquirer",
    "reference.transaction",
    "reference.order",
    "response.code",
    "response.message",
    "gateway.response.code",
)
_SIGNED = (
    ("x_id", "id"),
    ("x_amount", ""),
    ("x_currency", "currency"),
    ("x_gateway_reference", "reference.gateway"),
    ("x_payment_reference", "reference.payment"),
    ("x_status", "status"),
    ("x_created", "transaction.created"),
)


def charge_id(charge: dict[str, Any]) -> str:
    """MalformedMessageError when it is not one that we would put into an address."""
    found = text_at(charge, "id")
    if CHARGE_ID.fullmatch(found) is None:
        raise MalformedMessageError
    return found


def evidence_of(charge: dict[str, Any]) -> Evidence:
    """MalformedMessageError when there is no id or status, or a value is of the wrong kind.

    A capture in another currency is one without an amount: it is never that which was asked for.
    """
    status = text_at(charge, "status")
    if not status:
        raise MalformedMessageError
    amount = _dinars(charge)
    return Evidence(
        outcome=_outcome(charge, status, amount),
        trackid=text_at(charge, "reference.transaction"),
        paymentid=charge_id(charge),
        tranid=text_at(charge, "reference.gateway"),
        ref=text_at(charge, "reference.acquirer"),
        auth=text_at(charge, "transaction.authorization_id"),
        amount=amount,
        result_text=status,
        fields={path: text for path in _FIELDS if (text := text_at(charge, path))},
    )


def is_foreign(charge: dict[str, Any]) -> bool:
    """Whether it is of another currency: a capture of it pays nothing here, and its sum is no sum in dinars."""
    currency = text_at(charge, "currency")
    return _CURRENCY.fullmatch(currency) is not None and currency != CURRENCY


def signature(charge: dict[str, Any], key: SecretStr) -> str:
    """Tap's `hashstring`. It covers neither our trackid nor our order: whoever trusts it still asks for the charge."""
    parts = (label + (text_at(charge, path) if path else str(amount_at(charge))) for label, path in _SIGNED)
    return hmac.new(key.get_secret_value().encode(), "".join(parts).encode(), hashlib.sha256).hexdigest()


def _dinars(charge: dict[str, Any]) -> Money | None:
    if text_at(charge, "currency") != CURRENCY:
        return None
    try:
        return amount_at(charge)
    except MalformedMessageError:
        return None


def _outcome(charge: dict[str, Any], status: str, amount: Money | None) -> Outcome:
    outcome = _OUTCOMES.get(status, Outcome.UNRECOGNISED)
    if outcome is not Outcome.CAPTURED:
        return outcome
    reversed_again = charge.get("auto_reversed")
    if reversed_again is True:
        return Outcome.VOIDED
    if reversed_again is not None and reversed_again is not False:
        return Outcome.UNRECOGNISED
    if amount is None and not is_foreign(charge):
        return Outcome.MALFORMED  # money of an unknown sum is nobody's yet
    return outcome

"""What a message may say: the reference and what to do, read when it is sent; never a name or a number of a person."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch
from infra.messages.batch_facts import batch_facts
from infra.messages.holds import is_overtaken
from infra.messages.money_facts import last_payment, pay_link
from infra.payments.orders import order_of
from infra.reminding.due import still_due
from infra.settings import Settings
from models.batch import Batch
from models.case import Case
from models.message import Message, MessageKind, message_rules
from models.obstacle import Obstacle
from models.payments.order import OrderStatus, PaymentOrder
from models.payments.refund import Refund
from models.receipt import Receipt

Facts = dict[str, Any]

_REASONS: Final = 3
"""A message names so many reasons; the others are told where the case is looked up."""

_PAYABLE: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS})
_K: Final = MessageKind


def facts_of(session: Session, message: Message, case: Case, *, settings: Settings, now: datetime) -> Facts | None:
    """None when the message is no longer true: the case went on, a newer one asks the same, the permit was renewed."""
    still = message_rules()[message.kind].still
    if case.erased_at is not None or is_overtaken(session, message, case):
        return None
    if message.gathered:
        return batch_facts(session, message, case, site=settings.public_url)
    if still and case.status not in still:
        return None
    facts = {"reference": case.reference, "gathered": False, "now": now, "site": settings.public_url}
    more = _MORE.get(message.kind, _nothing)(session, message, case, facts)
    return None if more is None else {**facts, **more}


def _nothing(_session: Session, _message: Message, _case: Case, _facts: Facts) -> Facts | None:
    return {}


def _payment(session: Session, message: Message, case: Case, facts: Facts) -> Facts | None:
    asked = message.kind is _K.PAYMENT_ASKED
    order = fetch(session, PaymentOrder, message.about_id) if asked else order_of(session, case)
    if order is None or order.status not in _PAYABLE or order.expires_at <= facts["now"]:
        return None
    reference = fetch(session, Batch, order.batch_id).reference if order.batch_id else case.reference
    return {
        "reference": reference,
        "fils": order.amount_fils,
        "pay_by": order.expires_at,
        "link": pay_link(order, site=facts["site"]),
        "last": last_payment(session, order),
    }


def _obstacles(session: Session, _message: Message, case: Case, _facts: Facts) -> Facts | None:
    open_ones = all_of(session, Obstacle, case_id=case.id, lifted_at=None)
    shown = {"en": [each.reason_en for each in open_ones], "ar": [each.reason_ar for each in open_ones]}
    return {
        "reasons_en": list(dict.fromkeys(shown["en"]))[:_REASONS],
        "reasons_ar": list(dict.fromkeys(shown["ar"]))[:_REASONS],
        "more": max(len(dict.fromkeys(shown["en"])) - _REASONS, 0),
    }


def _receipt(session: Session, _message: Message, case: Case, facts: Facts) -> Facts | None:
    receipts = all_of(session, Receipt, case_id=case.id)
    if not receipts or receipts[-1].sha256 is None or receipts[-1].revoked_at is not None:
        return None
    return {"number": receipts[-1].number, "link": f"{facts['site']}/receipts/{receipts[-1].id}.pdf"}


def _refund(session: Session, message: Message, _case: Case, _facts: Facts) -> Facts | None:
    return {"fils": fetch(session, Refund, message.about_id).amount_fils}


def _expiry(session: Session, message: Message, _case: Case, facts: Facts) -> Facts | None:
    """Of those who have not renewed or applied meanwhile, as long as the permit runs."""
    reminders = still_due(session, message.id)
    left = (reminders[0].expires - kuwait_date(facts["now"])).days if reminders else -1
    return {"count": len(reminders), "expires": reminders[0].expires, "days": left} if left >= 0 else None


_MORE: Final[Mapping[MessageKind, Callable[[Session, Message, Case, Facts], Facts | None]]] = {
    _K.PAYMENT_ASKED: _payment,
    _K.PAYMENT_ASKED_AGAIN: _payment,
    _K.DOCUMENTS_NEEDED: _obstacles,
    _K.REFUSED: _obstacles,
    _K.RECEIPT_ISSUED: _receipt,
    _K.RECEIPT_RESENT: _receipt,
    _K.REFUND_SENT: _refund,
    _K.EXPIRY_NEAR: _expiry,
}

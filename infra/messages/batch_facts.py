"""What the one message to a company may say: how many rows it is true of, and what leads on from there."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlmodel import Session

from infra.database import all_of, fetch
from infra.messages.money_facts import last_payment, pay_link, receipts_link
from infra.payments.orders import order_of
from models.batch import Batch
from models.case import Case
from models.message import Message, MessageKind, message_rules
from models.obstacle import Obstacle

_ROWS: Final = 3
"""A message names so many rows; the others are told where the batch is looked up."""

_Rows = list[Case]


def batch_facts(session: Session, message: Message, case: Case, *, site: str) -> dict[str, Any] | None:
    """None when it is true of no row by now."""
    rows = [each for each in all_of(session, Case, batch_id=case.batch_id) if each.status in _still(message)]
    if not rows or case.batch_id is None:
        return None
    rows.sort(key=lambda each: each.batch_row or 0)
    facts = {"reference": fetch(session, Batch, case.batch_id).reference, "gathered": True, "count": len(rows)}
    return facts | _MORE.get(message.kind, _nothing)(session, rows, site)


def _still(message: Message) -> frozenset[str]:
    return frozenset(message_rules()[message.kind].still)


def _nothing(_session: Session, _rows: _Rows, _site: str) -> dict[str, Any]:
    return {}


def _refused(session: Session, rows: _Rows, _site: str) -> dict[str, Any]:
    """Of each row the first obstacle: the others show when it is looked up."""
    named = []
    for row in rows[:_ROWS]:
        reasons = all_of(session, Obstacle, case_id=row.id, lifted_at=None)
        en, ar = (reasons[0].reason_en, reasons[0].reason_ar) if reasons else ("", "")
        named.append({"row": row.batch_row, "reference": row.reference, "en": en, "ar": ar})
    return {"rows": named, "more": max(len(rows) - _ROWS, 0)}


def _receipts(session: Session, rows: _Rows, site: str) -> dict[str, Any]:
    order = order_of(session, rows[0])
    return {"link": receipts_link(session, order, site=site) if order else None}


def _payment(session: Session, rows: _Rows, site: str) -> dict[str, Any]:
    order = order_of(session, rows[0])
    if order is None:
        return {"last": None, "link": None}
    return {"last": last_payment(session, order), "link": pay_link(order, site=site)}


_MORE: Final[Mapping[MessageKind, Callable[[Session, _Rows, str], dict[str, Any]]]] = {
    MessageKind.REFUSED: _refused,
    MessageKind.RECEIPT_ISSUED: _receipts,
    MessageKind.PAYMENT_ASKED_AGAIN: _payment,
}

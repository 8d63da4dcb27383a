"""Sending a receipt's link again, when the person asks for it."""

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from infra.case_report import case_by_reference
from infra.database import all_of, fetch, unit_of_work
from infra.wiring import Ports
from models.account import Account
from models.errors import RuleError
from models.message import Message, MessageKind
from models.receipt import Receipt

_ONCE_IN: Final = timedelta(minutes=10)
_log = structlog.get_logger()


def resend_receipt(ports: Ports, reference: str, *, actor: str) -> bool:
    """Write the message; False when it was written a moment ago. RuleError when there is no receipt to send.

    It goes to the number that the application was made with, whoever asks: a link is given to nobody else.
    """
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        case = case_by_reference(session, reference)
        receipts = [each for each in all_of(session, Receipt, case_id=case.id, revoked_at=None) if each.sha256]
        if case.erased_at is not None or fetch(session, Account, case.account_id).is_erased:
            raise RuleError(f"{case.reference}: its personal data is erased; the receipt is not kept any more")
        if not receipts:
            raise RuleError(f"{case.reference} has no receipt that holds; it is {case.status}")
        this_time = now.timestamp() // _ONCE_IN.total_seconds()
        message = Message(
            created_at=now,
            kind=MessageKind.RECEIPT_RESENT,
            account_id=case.account_id,
            case_id=case.id,
            about_id=receipts[0].id,
            dedup_key=f"{MessageKind.RECEIPT_RESENT}:{receipts[0].id}:{this_time:.0f}",
            due_at=now,
        )
        write = insert(Message).values(message.model_dump()).on_conflict_do_nothing().returning(col(Message.id))
        written = session.connection().execute(write).first() is not None
    _log.info("receipt_resent", reference=case.reference, actor=actor, written=written)
    return written

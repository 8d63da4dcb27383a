"""render_receipt: number it, seal it, render the PDF, store it once."""

import hashlib
from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from infra.clock import KUWAIT
from infra.database import all_of, locked, unit_of_work
from infra.payments.booking import left_fils
from infra.payments.reviews import ask_about_extension
from infra.payments.shares import DONE, paying_capture
from infra.receipts import render
from infra.receipts.seal import SealPayload, seal
from infra.wiring import ports
from models.case import Case, CaseEvent, CaseStatus
from models.errors import MissingError
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderLine, PaymentOrder
from models.payments.refund import Refund
from models.receipt import Receipt, ReceiptCounter, receipt_number
from models.receipt_view import ReceiptView
from tasks.paid_case import held_with_order
from tasks.receipt_view import receipt_view
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.EXTENDED


def _render_receipt(case_id: UUID) -> CaseStatus:
    """Issue the receipt: one number and one file a case, however often this runs, as long as its money stands.

    Where it went back, staff are asked: the permit is extended already.
    The file's name carries its hash, so that a run that died between storing and recording is not in the way.
    """
    with unit_of_work(ports().engine) as session:
        order, case = held_with_order(session, case_id)
        if order is None or not stands_at(case, _HERE):
            return case.status
        receipt = _numbered(session, order, case, now=ports().now())
        if receipt is None:
            session.add(case.apply(CaseEvent.REVIEW_PAYMENT, act(reason="its money went back after the extension")))
            ask_about_extension(session, order, case, act=act())
            return case.status
        view = receipt_view(session, case, receipt, public_url=ports().settings.public_url)
    pdf = ports().cpu.run(render, _sealed(view))
    digest = hashlib.sha256(pdf).hexdigest()
    key = f"receipts/{receipt.id}-{digest[:16]}.pdf"
    ports().store.put(key, pdf, media_type="application/pdf")
    with unit_of_work(ports().engine) as session:
        _, case = held_with_order(session, case_id)
        stored = locked(session, Receipt, receipt.id)
        if stands_at(case, _HERE) and stored.revoked_at is None:
            stored.object_key, stored.sha256, stored.size = key, digest, len(pdf)
            session.add(case.apply(CaseEvent.ISSUE_RECEIPT, act()))
        return case.status


render_receipt = step(_render_receipt)


def _sealed(view: ReceiptView) -> ReceiptView:
    """The view with its QR text: the address of the check, and the signed summary behind it."""
    text = seal(SealPayload.of(view), ports().settings.seal_key)
    return replace(view, qr_text=f"{view.verify_url}/{text}".upper())


def _numbered(session: Session, order: PaymentOrder, case: Case, *, now: datetime) -> Receipt | None:
    """The case's receipt, numbered in this transaction if it was not before; it needs captured money (trigger).

    One that was revoked before it was stored stays so: when the case is paid again, another takes its place. None
    where the money was returned.
    """
    standing = all_of(session, Receipt, case_id=case.id, revoked_at=None)
    if standing:
        return standing[0]
    capture = paying_capture(session, order)
    if capture is None:
        raise MissingError("captured money of case", case.reference)
    if _is_returned(session, capture, case):
        return None
    share = all_of(session, OrderLine, order_id=order.id, case_id=case.id)[0]
    receipt = Receipt(
        created_at=now,
        case_id=case.id,
        order_id=order.id,
        capture_entry_id=capture.id,
        number=_next_number(session, now=now),
        amount_fils=share.amount_fils,
        issued_at=now,
    )
    session.add(receipt)
    session.flush()
    return receipt


def _is_returned(session: Session, capture: LedgerEntry, case: Case) -> bool:
    """All of it, or this case's share: just what revokes a receipt that was there before."""
    own = all_of(session, Refund, capture_entry_id=capture.id, case_id=case.id)
    return any(each.state in DONE for each in own) or left_fils(session, capture, counting=DONE) <= 0


def _next_number(session: Session, *, now: datetime) -> str:
    """The next number of the year in Kuwait; the counter's row is held until the receipt is written."""
    year = now.astimezone(KUWAIT).year
    first = insert(ReceiptCounter).values(id=UUID(int=year), created_at=now, year=year, last=0)
    session.connection().execute(first.on_conflict_do_nothing())
    counter = locked(session, ReceiptCounter, UUID(int=year))
    counter.last += 1
    return receipt_number(year, counter.last)

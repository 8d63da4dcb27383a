"""What is known of one batch, for `status`: its cases and their one payment; nothing of a person is in it."""

from typing import Any

from sqlmodel import Session

from infra.case_report import obstacles_of, payment_report, waits_on
from infra.clock import KUWAIT
from infra.database import all_of
from infra.payments.finding import cases_called
from models.batch import Batch
from models.case import Case
from models.payments.order import PaymentOrder
from models.payments.refund import Refund, RefundState
from models.quote import FeeQuote
from models.receipt import Receipt


def batch_called(session: Session, reference: str) -> Batch | None:
    return next(iter(all_of(session, Batch, reference=reference.strip().upper())), None)


def batch_report(session: Session, batch: Batch) -> dict[str, Any]:
    """Its payment, and its cases in the order of the spreadsheet's rows, as JSON knows them."""
    order = next(iter(all_of(session, PaymentOrder, batch_id=batch.id)), None)
    return {
        "batch": batch.reference,
        "service": batch.service.value,
        "submitted_at": batch.created_at.astimezone(KUWAIT).isoformat(timespec="minutes"),
        "payment": payment_report(session, order),
        "cases": [_row(session, each) for each in cases_called(session, batch.reference)],
    }


def _row(session: Session, case: Case) -> dict[str, Any]:
    quotes = all_of(session, FeeQuote, case_id=case.id)
    issued = all_of(session, Receipt, case_id=case.id)
    receipt = next((each for each in issued if each.revoked_at is None), issued[-1] if issued else None)
    back = all_of(session, Refund, case_id=case.id, state=RefundState.SUCCEEDED)
    return {
        "row": case.batch_row,
        "reference": case.reference,
        "status": case.status.value,
        "waits_on": waits_on(session, case).value,
        "is_held": case.held_at is not None,
        "amount_fils": quotes[-1].total_fils if quotes else None,
        "refunded_fils": sum(each.amount_fils for each in back),
        "receipt": receipt.number if receipt else None,
        "receipt_revoked": receipt is not None and receipt.revoked_at is not None,
        "obstacles": obstacles_of(session, case),
    }

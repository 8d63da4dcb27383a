"""Opening the payment order of a case, or of a batch when its last row is ready."""

from datetime import datetime
from typing import Final

from sqlmodel import Session, col, select

from infra.database import all_of, locked
from models.batch import Batch
from models.case import Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.payments.checks import PaymentTerms
from models.payments.order import OrderLine, PaymentOrder
from models.quote import FeeQuote

_UNDECIDED: Final = frozenset(
    {
        CaseStatus.SUBMITTED,
        CaseStatus.RELEASED,
        CaseStatus.IDENTIFIED,
        CaseStatus.DOCUMENTS_NEEDED,
        CaseStatus.DOCUMENTED,
        CaseStatus.QUOTED,
        CaseStatus.REGISTRY_REFUSED,
    }
)
"""A batch row in one of these may still join its batch's payment."""


def open_order(session: Session, case: Case, *, now: datetime, terms: PaymentTerms) -> PaymentOrder | None:
    """The order that this case is paid by: its own at once; a batch's when no row is undecided any more.

    Called under the case's lock after every step that may decide a row. Safe to repeat: a quote is in one
    order only, and a batch has one order (unique).
    """
    if case.batch_id is None:
        if case.status is not CaseStatus.AWAITING_PAYMENT:
            return None
        return order_of(session, case) or _write(session, [case], now=now, terms=terms)
    batch = locked(session, Batch, case.batch_id)
    session.flush()
    rows = all_of(session, Case, batch_id=batch.id)
    payable = [row for row in rows if row.status is CaseStatus.AWAITING_PAYMENT]
    if any(row.status in _UNDECIDED for row in rows) or not payable or order_of(session, payable[0]):
        return None
    return _write(session, payable, now=now, terms=terms)


def order_of(session: Session, case: Case) -> PaymentOrder | None:
    """The newest order that has this case's share."""
    query = (
        select(PaymentOrder)
        .join(OrderLine, col(OrderLine.order_id) == col(PaymentOrder.id))
        .where(col(OrderLine.case_id) == case.id)
        .order_by(col(PaymentOrder.created_at).desc())
    )
    return session.exec(query).first()


def _write(session: Session, cases: list[Case], *, now: datetime, terms: PaymentTerms) -> PaymentOrder:
    quotes = [all_of(session, FeeQuote, case_id=case.id)[-1] for case in cases]
    order = PaymentOrder(
        created_at=now,
        batch_id=cases[0].batch_id,
        amount_fils=sum(quote.total_fils for quote in quotes),
        expires_at=now + terms.order_valid,
    )
    session.add(order)
    session.flush()
    for case, quote in zip(cases, quotes, strict=True):
        session.add(
            OrderLine(
                created_at=now, order_id=order.id, case_id=case.id, quote_id=quote.id, amount_fils=quote.total_fils
            )
        )
    return order


def wake(case: Case, *, now: datetime) -> OutboxMessage:
    """Word to the case's run that something changed."""
    return OutboxMessage(created_at=now, kind=OutboxKind.WAKE_RUN, case_id=case.id, due_at=now)

"""One case's share of the money that paid its order: whether it stands, is leaving, or went back."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of
from infra.payments.booking import gone_fils, kept_fils
from models.case import Case
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.refund import COUNTED, Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind

MONEY_CAME: Final = frozenset({OrderStatus.PAID, OrderStatus.REFUND_PENDING, OrderStatus.REFUNDED})
DONE: Final = frozenset({RefundState.SUCCEEDED})


class Share(StrEnum):
    STANDS = "stands"
    LEAVING = "leaving"  # its refund is asked for, on its way or not known, or a part of it went back
    GONE = "gone"


def share_of(session: Session, order: PaymentOrder, case_id: UUID) -> Share:
    """What became of it. Of an order for many cases, a refund that names no case takes from all only when it is all."""
    capture = paying_capture(session, order)
    if capture is None:
        return Share.GONE
    refunds = all_of(session, Refund, capture_entry_id=capture.id)
    kept = kept_fils(session, capture)
    if kept <= gone_fils(refunds, counting=DONE):
        return Share.GONE
    own = [each for each in refunds if each.case_id == case_id]
    share = sum(line.amount_fils for line in all_of(session, OrderLine, order_id=order.id, case_id=case_id))
    if sum(each.amount_fils for each in own if each.state in DONE) >= share:
        return Share.GONE
    if any(each.state in COUNTED for each in own) or kept <= gone_fils(refunds, counting=COUNTED):
        return Share.LEAVING
    return Share.STANDS


def is_paid(session: Session, order: PaymentOrder, case_id: UUID) -> bool:
    """Whether the case may be renewed for it. The order is held, so that no refund is asked for meanwhile."""
    return order.status is OrderStatus.PAID and share_of(session, order, case_id) is Share.STANDS


def paying_capture(session: Session, order: PaymentOrder) -> LedgerEntry | None:
    """The newest money that paid the order: what paid it before was taken back. Surplus, in suspense, pays nothing."""
    query = select(LedgerEntry).where(
        col(LedgerEntry.order_id) == order.id,
        col(LedgerEntry.kind) == LedgerKind.CAPTURE,
        col(LedgerEntry.credit) == LedgerAccount.ORDERS,
    )
    return session.exec(query.order_by(col(LedgerEntry.created_at).desc()).limit(1)).first()


def is_owed_after_all(session: Session, case: Case) -> bool:
    """Whether staff have yet to say what becomes of a permit that was extended and whose money went back."""
    return bool(all_of(session, ReviewItem, kind=ReviewKind.EXTENDED_UNPAID, subject=str(case.id), resolved_at=None))

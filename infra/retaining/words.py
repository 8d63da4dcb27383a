"""What staff wrote about a case, its money and its erasure: it may name anybody. Who, when and which kind stay."""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of
from models.case import Case
from models.erasure import ERASED, Erasure, ErasureCause, LegalHold
from models.history import Transition
from models.payments.attempt import PaymentAttempt
from models.payments.order import PaymentOrder
from models.payments.refund import Refund
from models.payments.resolution import Resolution
from models.payments.review import ReviewItem, ReviewKind

_MACHINES: Final = frozenset({"worker", "settle", "machine", "payer", "gateway", "bank", "reconcile"})
"""Their reasons are ours; a person's may name anybody."""


def forget_words_on_case(session: Session, case: Case) -> None:
    _forget_reasons(session, case)
    for hold in all_of(session, LegalHold, case_id=case.id):
        hold.reason = ERASED
    for erasure in all_of(session, Erasure, case_id=case.id, cause=ErasureCause.REQUEST):
        erasure.reason = ERASED
    for kind in (ReviewKind.EXTENDED_UNPAID, ReviewKind.CANCELLED_PAID):
        _forget_answers(session, kind=kind, subject=str(case.id))


def forget_words_on_refund(session: Session, refund: Refund) -> None:
    if not refund.automatic and refund.requested_by not in _MACHINES:
        refund.reason = ERASED
    _forget_reasons(session, refund)
    _forget_resolutions(session, refund_id=refund.id)
    _forget_answers(session, refund_id=refund.id)


def forget_words_on_order(session: Session, order_id: UUID) -> None:
    """And on its payments; a refund of a case's own share went with that case."""
    for order in all_of(session, PaymentOrder, id=order_id):
        _forget_reasons(session, order)
    for refund in all_of(session, Refund, order_id=order_id, case_id=None):
        forget_words_on_refund(session, refund)
    for attempt in all_of(session, PaymentAttempt, order_id=order_id):
        _forget_reasons(session, attempt)
        _forget_resolutions(session, attempt_id=attempt.id)
    _forget_answers(session, order_id=order_id)


def _forget_reasons(session: Session, record: Case | PaymentOrder | PaymentAttempt | Refund) -> None:
    """Out of the record's history."""
    for step in all_of(session, Transition, entity=record.__tablename__, entity_id=record.id):
        if step.reason is not None and step.actor not in _MACHINES:
            step.reason = ERASED


def _forget_resolutions(session: Session, **of: UUID) -> None:
    for resolution in all_of(session, Resolution, **of):
        resolution.reason = resolution.evidence = ERASED


def _forget_answers(session: Session, **of: object) -> None:
    """What staff answered to questions of the work list; why a refund was rejected may be their words too."""
    for item in all_of(session, ReviewItem, **of):
        if item.resolution is not None and item.resolved_by not in _MACHINES:
            item.resolution = ERASED
        if item.note and item.kind is ReviewKind.REFUND_REJECTED:
            item.note = ERASED

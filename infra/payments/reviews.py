"""The work list: opening a question once, and closing it when evidence or a person has answered it."""

from typing import Final
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.payments.following import awaits_payment, close_order, follow
from infra.remedies import MANAGE
from infra.wiring import Ports
from models.case import Case
from models.errors import InputError, RuleError
from models.history import Act
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence
from models.payments.order import OrderEvent, OrderStatus, PaymentOrder
from models.payments.refund import UNDER_WAY, Refund
from models.payments.review import ClosedBy, ReviewItem, ReviewKind, review_rules

HEALED: Final = "answered by evidence"
_ABOUT_ANSWERS: Final = frozenset({ReviewKind.CONTRADICTION, ReviewKind.REVERSED})


def open_review(
    session: Session,
    kind: ReviewKind,
    *,
    subject: str,
    act: Act,
    attempt: PaymentAttempt | None = None,
    refund: Refund | None = None,
    note: str = "",
) -> ReviewItem:
    """The open question of this kind about this subject: there is one, however often it comes up."""
    known = open_item(session, kind, subject=subject)
    if known is not None:
        return known
    item = ReviewItem(
        created_at=act.at,
        kind=kind,
        subject=subject,
        note=note,
        order_id=attempt.order_id if attempt else refund.order_id if refund else None,
        attempt_id=attempt.id if attempt else None,
        refund_id=refund.id if refund else None,
        evidence_id=act.evidence_id,
    )
    session.add(item)
    session.flush()
    return item


def ask_about_extension(session: Session, order: PaymentOrder, case: Case, *, act: Act) -> None:
    """The case's permit was extended, and its money is not there: staff say what becomes of it."""
    item = open_review(session, ReviewKind.EXTENDED_UNPAID, subject=str(case.id), act=act, note=case.reference)
    item.order_id = order.id


def open_item(session: Session, kind: ReviewKind, *, subject: str) -> ReviewItem | None:
    query = select(ReviewItem).where(
        col(ReviewItem.kind) == kind, col(ReviewItem.subject) == subject, col(ReviewItem.resolved_at).is_(None)
    )
    return session.exec(query).first()


def close_healed(session: Session, kind: ReviewKind, *, subject: str, act: Act) -> None:
    """Evidence has answered the question."""
    item = open_item(session, kind, subject=subject)
    if item is not None:
        item.resolved_at, item.resolved_by, item.resolution = act.at, act.actor, HEALED
        session.flush()


def was_weighed(session: Session, attempt: PaymentAttempt, evidence_id: UUID | None) -> bool:
    """Whether staff had this same answer before them, in an earlier message, when they were asked or decided."""
    said = session.get(GatewayEvidence, evidence_id) if evidence_id else None
    if said is None or said.kind is not EvidenceKind.INQUIRY:
        return False
    asked = [each for each in all_of(session, ReviewItem, attempt_id=attempt.id) if each.kind in _ABOUT_ANSWERS]
    weighed = [each.resolved_at or each.created_at for each in asked if each.resolution != HEALED]
    others = all_of(session, GatewayEvidence, attempt_id=attempt.id, kind=said.kind, outcome=said.outcome)
    same = [each.received_at for each in others if each.id != said.id and _amount(each) == _amount(said)]
    return bool(weighed and same) and min(same) <= max(weighed)


def _amount(evidence: GatewayEvidence) -> object:
    """As the gateways write it."""
    return evidence.fields.get("amt") or evidence.fields.get("amount")


def open_items(session: Session) -> list[ReviewItem]:
    """The whole work list, oldest first."""
    query = select(ReviewItem).where(col(ReviewItem.resolved_at).is_(None)).order_by(col(ReviewItem.created_at))
    return list(session.exec(query))


def close_review(ports: Ports, item_id: UUID, *, actor: str, resolution: str) -> None:
    """Staff have seen to it; the order goes on from where its money stands, or is closed when its cases are over.

    RuleError where only evidence, or a resolution by two persons, may answer, and while money is on its way back.
    """
    if not resolution.strip():
        raise InputError("reason", "say in a sentence what was found and done")
    with unit_of_work(ports.engine) as session:
        found = fetch(session, ReviewItem, item_id)
        order = locked(session, PaymentOrder, found.order_id) if found.order_id else None
        item = locked(session, ReviewItem, item_id)
        if item.resolved_at is not None:
            raise RuleError("this item is closed already")
        _require_closable(session, item)
        now = ports.now()
        item.resolved_at, item.resolved_by, item.resolution = now, actor, resolution
        if order is not None:
            act = Act(actor=actor, at=now, reason=resolution, evidence_id=item.evidence_id)
            follow(session, order, act=act)
            if order.status is OrderStatus.OPEN and not awaits_payment(session, order):
                close_order(
                    session, order, OrderEvent.CANCEL, act=act
                )  # its cases are over: a payment would pay nothing


def _require_closable(session: Session, item: ReviewItem) -> None:
    """Whose first payment may still be on its way back is not asked for a second one."""
    closed_by = review_rules()[item.kind].closed_by
    if closed_by is ClosedBy.TWO_PERSONS:
        raise RuleError(f"money whose fate is open is resolved by two persons: see `{MANAGE} payments resolve --help`")
    if closed_by is ClosedBy.AFTER_REFUND and item.order_id is not None:
        under_way = [each for each in all_of(session, Refund, order_id=item.order_id) if each.state in UNDER_WAY]
        if under_way:
            raise RuleError(
                f"refund {under_way[0].id} of {Money(under_way[0].amount_fils)} is {under_way[0].state}: close this "
                "item when it has succeeded, or was rejected and the money returned otherwise; the worker sends it, "
                f"and one that stays unknown is resolved by two persons (`{MANAGE} payments resolve --help`)"
            )

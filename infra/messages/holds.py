"""What asks a person to act waits while staff hold the case; of several that waited, the newest is sent."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, func, or_, select

from models.case import UNHOLD, Case
from models.history import Transition
from models.message import Message, MessageKind, MessageOutcome, MessageRule, message_rules


def _asking() -> Mapping[MessageKind, MessageRule]:
    return {kind: rule for kind, rule in message_rules().items() if rule.waits_while_held}


def waits_for_staff() -> ColumnElement[bool]:
    """Of a message and its case, in one query: every case that it is true of is held; of a batch, every such row."""
    return or_(
        *(
            and_(col(Message.kind) == kind, _true_of_any(rule, held=True), ~_true_of_any(rule, held=False))
            for kind, rule in _asking().items()
        )
    )


def _true_of_any(rule: MessageRule, *, held: bool) -> ColumnElement[bool]:
    row: Any = aliased(Case)
    return exists().where(
        or_(row.id == col(Case.id), row.batch_id == col(Case.batch_id)),
        row.status.in_(rule.still),
        row.held_at.is_not(None) if held else row.held_at.is_(None),
    )


def is_overtaken(session: Session, message: Message, case: Case) -> bool:
    """Whether a newer message asks for the same."""
    asking = _asking()
    if message.kind not in asking:
        return False
    same = col(Case.id) == case.id if case.batch_id is None else col(Case.batch_id) == case.batch_id
    alike = [kind for kind, rule in asking.items() if rule.still & asking[message.kind].still]
    query = (
        select(Message.id)
        .join(Case, col(Case.id) == col(Message.case_id))
        .where(
            same,
            col(Message.kind).in_(alike),
            or_(col(Message.outcome).is_(None), col(Message.outcome) == MessageOutcome.SENT),
            tuple_(col(Message.created_at), col(Message.id)) > (message.created_at, message.id),
        )
    )
    return session.exec(query.limit(1)).first() is not None


def news_since(session: Session, message: Message) -> datetime:
    """Since when it could be sent: what waited for staff is no older than the day on which they let the case go."""
    let_go = session.exec(
        select(func.max(Transition.at)).where(
            col(Transition.entity) == Case.__tablename__,
            col(Transition.entity_id) == message.case_id,
            col(Transition.event) == UNHOLD,
        )
    ).one()
    return max(message.created_at, let_go or message.created_at)

"""The one place where a change causes a message: beside the row that records the change, in the same commit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Executable, String, case, cast, literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, func, select

from models.base import Moment
from models.case import Case
from models.history import Transition
from models.message import Message, MessageKind, caused_by, message_rules
from models.payments.order import OrderLine
from models.payments.refund import Refund

_QUARTER: Final = timedelta(minutes=15)
"""The rows of a batch come one after another; its one message waits for those of the same quarter of an hour."""

_COLUMNS: Final = (
    "id",
    "created_at",
    "kind",
    "account_id",
    "case_id",
    "about_id",
    "dedup_key",
    "gathered",
    "tries",
    "due_at",
)


@dataclass(frozen=True, slots=True)
class _News:
    kind: MessageKind
    key: str
    case_id: Any  # of a refund, the query for it
    about_id: UUID
    at: datetime


def write_messages(session: Session, _flush: object = None) -> None:
    """Called after every flush of a unit of work: what was just written to the history is told, if it is news.

    Exactly once an event: the key is the history row's own id, or the batch and the quarter of an hour, and unique.
    """
    news = {each.key: each for row in session.new for each in _news(row)}
    for each in news.values():
        session.connection().execute(_insert(each))


def _news(row: object) -> Iterator[_News]:
    rules = message_rules()
    if isinstance(row, OrderLine):
        for kind in caused_by().get("order_line.created", ()):
            yield _News(kind, f"{kind}:{row.order_id}", row.case_id, row.order_id, row.created_at)
    elif isinstance(row, Transition):
        for kind in caused_by().get(f"{row.entity}.{row.event}", ()):
            if rules[kind].to in {None, row.after}:
                yield _News(kind, f"{kind}:{row.id}", _case_of(row), row.entity_id, row.at)


def _case_of(row: Transition) -> Any:
    if row.entity == Case.__tablename__:
        return row.entity_id
    any_of_order = (
        select(OrderLine.case_id).where(OrderLine.order_id == Refund.order_id).order_by(col(OrderLine.case_id)).limit(1)
    )
    query = select(func.coalesce(Refund.case_id, any_of_order.scalar_subquery()))
    return query.where(Refund.id == row.entity_id).scalar_subquery()


def _insert(news: _News) -> Executable:
    rule = message_rules()[news.kind]
    batched = col(Case.batch_id).is_not(None) if rule.gathered else literal(value=False)
    quarter = int(news.at.timestamp() // _QUARTER.total_seconds())
    of_batch = literal(f"{news.kind}:") + cast(col(Case.batch_id), String) + literal(f":{quarter}")
    quarter_ends = datetime.fromtimestamp((quarter + 1) * _QUARTER.total_seconds(), tz=UTC)
    query = select(  # type: ignore[call-overload]  # SQLModel's own `select` takes four columns
        literal(uuid4()),
        literal(news.at, Moment),
        literal(news.kind.value),
        Case.account_id,
        Case.id,
        literal(news.about_id),
        case((batched, of_batch), else_=literal(news.key)),
        batched,
        literal(0),
        case((batched, literal(quarter_ends + rule.after, Moment)), else_=literal(news.at + rule.after, Moment)),
    ).where(Case.id == news.case_id)
    return insert(Message).from_select(_COLUMNS, query, include_defaults=False).on_conflict_do_nothing()

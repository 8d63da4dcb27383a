"""Which cases were closed so long ago that their period has ended: read page by page, the oldest first."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, tuple_
from sqlmodel import col, func, select

from infra.clock import KUWAIT, kuwait_date
from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.history import Transition
from models.person import CasePerson
from models.retention import RetentionPeriod

PAGE: Final = 200
_BEFORE_ALL: Final = (datetime(2000, 1, 1, tzinfo=KUWAIT), UUID(int=0))


@dataclass(frozen=True, slots=True)
class CaseOver:
    case_id: UUID
    reference: str


def cases_over(ports: Ports, status: CaseStatus, period: RetentionPeriod, *, today: date) -> Iterator[CaseOver]:
    """Each was opened before it was closed, so the young ones are not even read."""
    until = datetime.combine(today - timedelta(days=period.days), time.max, tzinfo=KUWAIT)
    after = _BEFORE_ALL
    while page := _page(ports, status, until=until, after=after):
        for key, reference, _, closed, expires in page:
            if period.ends(closed_on=kuwait_date(closed), expires=expires) <= today:
                yield CaseOver(key, reference)
        after = (page[-1][2], page[-1][0])


def _page(ports: Ports, status: CaseStatus, *, until: datetime, after: tuple[datetime, UUID]) -> list[Any]:
    closed = select(func.max(Transition.at)).where(
        col(Transition.entity) == Case.__tablename__, col(Transition.entity_id) == col(Case.id)
    )
    expires = select(func.max(CasePerson.period_end)).where(col(CasePerson.case_id) == col(Case.id))
    columns: list[Any] = [
        Case.id,
        Case.reference,
        Case.created_at,
        func.coalesce(closed.scalar_subquery(), Case.created_at),
        expires.scalar_subquery(),
    ]
    beyond: ColumnElement[bool] = tuple_(col(Case.created_at), col(Case.id)) > after
    query = (
        select(*columns)
        .where(col(Case.status) == status, col(Case.erased_at).is_(None), col(Case.created_at) <= until, beyond)
        .order_by(col(Case.created_at), col(Case.id))
        .limit(PAGE)
    )
    with unit_of_work(ports.engine) as session:
        return list(session.exec(query).all())

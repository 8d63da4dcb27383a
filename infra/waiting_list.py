"""The intake queue as staff read it: who waits, why in this place, who is held, and totals by service."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session, col, func, select

from infra.clock import kuwait_date
from infra.database import unit_of_work
from infra.ranking import rank_again
from infra.wiring import Ports
from models.case import WAITING, Case
from models.money import Money
from models.priority import QueueOrder, in_words
from models.queue_tally import QueueTally
from models.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One case that waits, or is held. `days_left` is below zero when a permit is over, None when not known."""

    reference: str
    service: Service
    status: str
    persons: int
    fine_per_day: Money
    days_left: int | None
    waiting: timedelta
    why: str
    held_by: str | None
    held_because: str | None

    @classmethod
    def of(cls, case: Case, *, now: datetime) -> "QueueRow":
        today = kuwait_date(now)
        return cls(
            reference=case.reference,
            service=case.service,
            status=case.status.value,
            persons=-case.urgency[3],
            fine_per_day=Money(-case.urgency[0]),
            days_left=_days_left(case, today),
            waiting=now - case.created_at,
            why=in_words(case.urgency, case.permit_expires, on=today),
            held_by=case.held_by,
            held_because=case.held_because,
        )


@dataclass(frozen=True, slots=True)
class Total:
    """Of one service; held cases do not count."""

    service: Service
    cases: int
    persons: int
    fine_per_day: Money


def waiting(*, service: Service | None, order: QueueOrder, limit: int) -> Any:
    """The query for the head of the queue, answered by an index alone however long the queue is."""
    query = select(Case).where(WAITING)
    if service is not None:
        query = query.where(col(Case.service) == service)
    age = (col(Case.created_at), col(Case.id))
    ranked = age if order is QueueOrder.OLDEST_FIRST else (col(Case.urgency), *age)
    return query.order_by(*ranked).limit(limit)


def queue_report(ports: Ports, *, service: Service | None, limit: int) -> dict[str, Any]:
    """Head, held and totals, as JSON knows them; brought up to date with the day first."""
    rank_again(ports)
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        return {
            "waiting": [_row(each) for each in head(session, service=service, limit=limit, now=now)],
            "held": [_row(each) for each in held(session, service=service, limit=limit, now=now)],
            "totals": [_sum(each) for each in totals(session, [service] if service else list(Service))],
        }


def head(session: Session, *, service: Service | None, limit: int, now: datetime) -> list[QueueRow]:
    query = waiting(service=service, order=QueueOrder.MOST_URGENT, limit=limit)
    return [QueueRow.of(case, now=now) for case in session.exec(query)]


def held(session: Session, *, service: Service | None, limit: int, now: datetime) -> list[QueueRow]:
    """The cases that staff hold, wherever they stand; the longest held first."""
    query = select(Case).where(col(Case.held_at).is_not(None)).order_by(col(Case.held_at), col(Case.id)).limit(limit)
    if service is not None:
        query = query.where(col(Case.service) == service)
    return [QueueRow.of(case, now=now) for case in session.exec(query)]


def totals(session: Session, services: Sequence[Service]) -> list[Total]:
    """What waits, by service, without counting it; services without a waiting case are left out."""
    sums = (func.sum(col(QueueTally.cases)), func.sum(col(QueueTally.persons)), func.sum(col(QueueTally.saved_fils)))
    query = select(col(QueueTally.service), *sums).where(col(QueueTally.service).in_(services))
    found = session.connection().execute(query.group_by(col(QueueTally.service)))
    made = [Total(service, int(cases), int(persons), Money(-int(saved))) for service, cases, persons, saved in found]
    return sorted((each for each in made if each.cases), key=lambda each: list(Service).index(each.service))


def _days_left(case: Case, today: date) -> int | None:
    return (case.permit_expires - today).days if case.permit_expires else None


def _row(each: QueueRow) -> dict[str, Any]:
    return {
        "reference": each.reference,
        "service": each.service.value,
        "status": each.status,
        "persons": each.persons,
        "fine_per_day_fils": each.fine_per_day.fils,
        "days_left": each.days_left,
        "waiting_seconds": round(each.waiting.total_seconds()),
        "why": each.why,
        "held_by": each.held_by,
        "held_because": each.held_because,
    }


def _sum(each: Total) -> dict[str, Any]:
    return {
        "service": each.service.value,
        "cases": each.cases,
        "persons": each.persons,
        "fine_per_day_fils": each.fine_per_day.fils,
    }

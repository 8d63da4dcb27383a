"""One day's operations in figures, all read in one transaction of one moment; nothing in them is about one person."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from infra.clock import KUWAIT
from infra.database import unit_of_work
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.history import Transition
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.review import ReviewItem, ReviewKind
from models.service import Service
from models.states import Party

OLDEST: Final = 5
"""So many of the oldest waits are named, of each that is waited for."""

HAPPENINGS: Final[Mapping[str, frozenset[CaseEvent]]] = {
    "released": frozenset({CaseEvent.RELEASE}),
    "paid": frozenset({CaseEvent.PAY}),
    "completed": frozenset({CaseEvent.ISSUE_RECEIPT}),
    "refused": frozenset({CaseEvent.REJECT}),
    "cancelled": frozenset({CaseEvent.CANCEL, CaseEvent.LAPSE}),
}
SUBMITTED: Final = "submitted"
QUEUE: Final = "queue"
WHOM: Final = (QUEUE, Party.STAFF.value, Party.APPLICANT.value, Party.PAYER.value, Party.US.value)
"""What an open case can wait for: the intake queue by itself, for there staff need do nothing about the single case."""
_OPEN: Final = [status for status in CaseStatus if CASE.waits_on[status] is not Party.NOBODY]


@dataclass(frozen=True, slots=True)
class Moved:
    """What moved on the day: how many movements, and their sum in fils."""

    count: int
    fils: int


@dataclass(frozen=True, slots=True)
class Wait:
    reference: str
    status: CaseStatus
    since: datetime
    held: bool


@dataclass(frozen=True, slots=True)
class Question:
    """Open questions of one kind, and since when the oldest is open."""

    kind: ReviewKind
    count: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class DaySummary:
    """`happened` counts cases of the day; `waiting`, `oldest`, `held` and `questions` are as of `at`.

    A case that was paid again after a review counts once more among `paid`: it is a count of events.
    """

    day: date
    at: datetime
    happened: dict[Service, dict[str, int]]
    waiting: dict[Service, dict[str, int]]
    held: int
    oldest: dict[str, list[Wait]]
    money: dict[LedgerKind, Moved]
    questions: list[Question]


def read_day(engine: Engine, day: date, *, now: datetime) -> DaySummary:
    """TransientError when the database does not answer. Nothing is locked, and nothing waits for it."""
    with unit_of_work(engine) as session:
        # One moment for all figures: a case must not be counted on its way from one table to the next.
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return DaySummary(
            day=day,
            at=now,
            happened=_happened(session, day),
            waiting=_waiting(session),
            held=session.exec(select(func.count()).where(col(Case.held_at).is_not(None))).one(),
            oldest={whom: _oldest(session, whom) for whom in WHOM},
            money=_money(session, day),
            questions=_questions(session),
        )


def _happened(session: Session, day: date) -> dict[Service, dict[str, int]]:
    start = datetime.combine(day, time(), KUWAIT)
    found = {service: dict.fromkeys([SUBMITTED, *HAPPENINGS], 0) for service in Service}
    created = _in_the_day(Case.created_at, start)
    for service, count in session.exec(select(Case.service, func.count()).where(*created).group_by(Case.service)):
        found[Service(service)][SUBMITTED] = count
    query = (
        select(Case.service, Transition.event, func.count())
        .join(Transition, col(Transition.entity_id) == col(Case.id))
        .where(col(Transition.entity) == Case.__tablename__, *_in_the_day(Transition.at, start))
        .group_by(Case.service, Transition.event)
    )
    for service, event, count in session.exec(query):
        for word in (word for word, events in HAPPENINGS.items() if event in events):
            found[Service(service)][word] += count
    return found


def _in_the_day(column: Any, start: datetime) -> Iterable[Any]:
    return col(column) >= start, col(column) < start + timedelta(days=1)


def _whom(status: CaseStatus) -> str:
    return QUEUE if status is CaseStatus.SUBMITTED else CASE.waits_on[status].value


def _waiting(session: Session) -> dict[Service, dict[str, int]]:
    found = {service: dict.fromkeys(WHOM, 0) for service in Service}
    query = select(Case.service, Case.status, func.count()).where(col(Case.status).in_(_OPEN))
    for service, status, count in session.exec(query.group_by(Case.service, Case.status)):
        found[Service(service)][_whom(CaseStatus(status))] += count
    return found


def _oldest(session: Session, whom: str) -> list[Wait]:
    """By the last move of each; whoever waits longest first."""
    statuses = [status for status in _OPEN if _whom(status) == whom]
    moved = select(func.max(Transition.at)).where(
        col(Transition.entity) == Case.__tablename__, col(Transition.entity_id) == col(Case.id)
    )
    since = func.coalesce(moved.correlate(Case).scalar_subquery(), Case.created_at)
    query = (
        select(Case.reference, Case.status, since, Case.held_at)
        .where(col(Case.status).in_(statuses))
        .order_by(since, col(Case.id))
        .limit(OLDEST)
    )
    found = session.exec(query)
    return [Wait(reference, CaseStatus(status), at, held is not None) for reference, status, at, held in found]


def _money(session: Session, day: date) -> dict[LedgerKind, Moved]:
    query = select(LedgerEntry.kind, func.count(), func.sum(LedgerEntry.amount_fils))
    query = query.where(col(LedgerEntry.booked_on) == day).group_by(LedgerEntry.kind)
    found = {kind: Moved(count, int(fils)) for kind, count, fils in session.exec(query)}
    return {kind: found.get(kind, Moved(0, 0)) for kind in (LedgerKind.CAPTURE, LedgerKind.REFUND)}


def _questions(session: Session) -> list[Question]:
    query = select(ReviewItem.kind, func.count(), func.min(ReviewItem.created_at))
    query = query.where(col(ReviewItem.resolved_at).is_(None)).group_by(ReviewItem.kind)
    found = [Question(ReviewKind(kind), count, oldest) for kind, count, oldest in session.exec(query)]
    return sorted(found, key=lambda each: each.oldest)

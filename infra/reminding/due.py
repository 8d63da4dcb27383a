"""Who is to be reminded of a day's expiries: read page by page, and only who has nothing newer with us."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, exists, select

from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import CASE, Case, CaseStatus
from models.person import CasePerson
from models.reminder import Reminder

PAGE: Final = 500
_CLOSED: Final = [status for status in CaseStatus if CASE.is_final(status)]
_FIRST: Final = UUID(int=0)


@dataclass(frozen=True, slots=True)
class DueReminder:
    """One person of a closed case."""

    person_id: UUID
    account_id: UUID
    case_id: UUID


def known_expiries(ports: Ports, first: date, last: date) -> set[date]:
    """The days between them, both included, on which any permit that we know of ends; read from two indexes."""
    with unit_of_work(ports.engine) as session:
        found = [
            session.exec(select(column).where(column >= first, column <= last).distinct()).all()
            for column in (col(CasePerson.period_end), col(CasePerson.permit_expires))
        ]
    return {day for days in found for day in days if day is not None}


def pages_of_due(ports: Ports, expires: date, *, step: int, on: date) -> Iterator[list[DueReminder]]:
    """Those whose permit ends on `expires` and who were not told of this step, or of a nearer one, or today at all.

    Each page is a transaction of its own. A permit that a person has renewed, or applied for again, is not the newest
    that we know of them, and falls out.
    """
    last = _FIRST
    while page := _page(ports, expires, step=step, on=on, after=last):
        yield page
        last = page[-1].person_id


def _page(ports: Ports, expires: date, *, step: int, on: date, after: UUID) -> list[DueReminder]:
    person, case = CasePerson, Case
    query = (
        select(person.id, case.account_id, case.id)
        .join(case, col(case.id) == col(person.case_id))
        .where(
            or_(
                and_(col(person.period_end) == expires, col(case.status) == CaseStatus.COMPLETED),
                and_(
                    col(person.permit_expires) == expires,
                    col(case.status).in_([CaseStatus.REJECTED, CaseStatus.CANCELLED]),
                ),
            ),
            col(case.erased_at).is_(None),
            col(person.id) > after,
            ~_knows_newer(),
            ~_told(expires, step=step, on=on),
        )
        .order_by(col(person.id))
        .limit(PAGE)
    )
    with unit_of_work(ports.engine) as session:
        return [DueReminder(*row) for row in session.exec(query)]


def _knows_newer() -> ColumnElement[bool]:
    """Another case of the same person: a later one that knows an expiry, or one that is still open."""
    other: Any = aliased(CasePerson)
    of: Any = aliased(Case)
    later = and_(
        of.created_at > Case.created_at,
        or_(of.status == CaseStatus.COMPLETED, other.permit_expires.is_not(None)),
    )
    return exists().where(
        other.civil_number == CasePerson.civil_number,
        other.id != CasePerson.id,
        of.id == other.case_id,
        or_(of.status.not_in(_CLOSED), later),
    )


def _told(expires: date, *, step: int, on: date) -> ColumnElement[bool]:
    """By whichever of the person's cases: the same permit may be known from two."""
    same: Any = aliased(CasePerson)
    nearer = and_(col(Reminder.expires) == expires, col(Reminder.step) <= step)
    return exists().where(
        same.civil_number == CasePerson.civil_number,
        col(Reminder.person_id) == same.id,
        or_(nearer, col(Reminder.on_day) == on),
    )


def still_due(session: Session, message_id: UUID) -> list[Reminder]:
    """The reminders of a message whose persons have neither renewed nor applied since they were written."""
    query = (
        select(Reminder)
        .join(CasePerson, col(CasePerson.id) == col(Reminder.person_id))
        .join(Case, col(Case.id) == col(CasePerson.case_id))
        .where(col(Reminder.message_id) == message_id, col(Case.erased_at).is_(None), ~_knows_newer())
    )
    return list(session.exec(query))

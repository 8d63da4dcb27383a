"""The intake queue: submitted cases, released to the engine by staff; a dry run says who would be."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from infra.database import unit_of_work
from infra.ranking import rank_again
from infra.waiting_list import QueueRow, waiting
from infra.wiring import Ports
from models.case import Case, CaseEvent, CaseStatus
from models.history import Act
from models.outbox import OutboxKind, OutboxMessage
from models.priority import QueueOrder
from models.release import ReleaseRound
from models.service import Service


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Up to `limit` cases, of one service or of all; only the `references` when there are any."""

    limit: int
    service: Service | None = None
    references: tuple[str, ...] = ()
    order: QueueOrder = QueueOrder.MOST_URGENT


@dataclass(frozen=True, slots=True)
class Left:
    """A reference that was asked for and not released, and why."""

    reference: str
    why: str


@dataclass(frozen=True, slots=True)
class Release:
    """Who was released, or would be, in their order."""

    rows: list[QueueRow]
    left: list[Left]
    dry_run: bool

    @property
    def references(self) -> list[str]:
        return [row.reference for row in self.rows]


def release_cases(
    ports: Ports, *, actor: str, limit: int, service: Service | None = None, references: Sequence[str] | None = None
) -> list[str]:
    """Release the most urgent cases, or those named; returns their references."""
    wanted = Wanted(limit=limit, service=service, references=tuple(references or ()))
    return release(ports, wanted, actor=actor).references


def release(
    ports: Ports, wanted: Wanted, *, actor: str, dry_run: bool = False, round_id: UUID | None = None
) -> Release:
    """Release in the wanted order; held cases stay.

    Each release and the word to Prefect are one commit; two operators at once release different cases. A dry run
    changes nothing and locks nothing.
    """
    rank_again(ports)
    now = ports.now()
    query = waiting(service=wanted.service, order=wanted.order, limit=wanted.limit)
    called = tuple(each.strip().upper() for each in wanted.references)
    if called:
        query = query.where(col(Case.reference).in_(called))
    with unit_of_work(ports.engine) as session:
        # Of all that wait, those in somebody's hands are passed over; those called by name are waited for.
        cases = list(session.exec(query if dry_run else query.with_for_update(skip_locked=not called)))
        rows = [QueueRow.of(case, now=now) for case in cases]
        left = _left(session, wanted, set(called) - {row.reference for row in rows})
        done = Release(rows, left, dry_run)
        if not dry_run:
            _release(session, cases, actor=actor, now=now)
        if round_id is not None:
            session.add(ReleaseRound(id=round_id, created_at=now, actor=actor, cases=report(done)))
    return done


def release_once(ports: Ports, wanted: Wanted, *, actor: str, round_id: UUID) -> list[dict[str, Any]]:
    """As `release`; the same round, asked for again, releases nothing more: it answers with what it had released."""
    with unit_of_work(ports.engine) as session:
        done = session.get(ReleaseRound, round_id)
    if done is not None:
        return done.cases
    return report(release(ports, wanted, actor=actor, round_id=round_id))


def report(done: Release) -> list[dict[str, Any]]:
    """As staff's table shows it: no name, no number, and nothing that a person wrote."""
    what = "would be released" if done.dry_run else "released"
    rows = [
        {"case": each.reference, "service": each.service.value, "persons": each.persons, "what": what, "why": each.why}
        for each in done.rows
    ]
    return rows + [
        {"case": each.reference, "service": "", "persons": "", "what": "left", "why": each.why} for each in done.left
    ]


def _release(session: Session, cases: Sequence[Case], *, actor: str, now: datetime) -> None:
    for case in cases:
        session.add(case.apply(CaseEvent.RELEASE, Act(actor=actor, at=now)))
        session.add(OutboxMessage(created_at=now, kind=OutboxKind.START_RUN, case_id=case.id, due_at=now))


def _left(session: Session, wanted: Wanted, references: set[str]) -> list[Left]:
    if not references:
        return []
    found = {case.reference: case for case in session.exec(select(Case).where(col(Case.reference).in_(references)))}
    return [Left(each, _why(found.get(each), wanted)) for each in sorted(references)]


def _why(case: Case | None, wanted: Wanted) -> str:
    """Never the reason of a hold: somebody wrote it, and this goes to Prefect too."""
    if case is None:
        return "there is no such case"
    if case.status is not CaseStatus.SUBMITTED:
        return f"does not wait in the queue: it is {case.status}"
    if case.is_held:
        return "is held; its status says why"
    if wanted.service not in {None, case.service}:
        return f"is of service {case.service}"
    return f"beyond the {wanted.limit} to release, or in somebody else's hands just now"

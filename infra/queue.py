"""The intake queue: submitted cases, released to the engine by staff."""

from sqlmodel import col, select

from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import Case, CaseEvent, CaseStatus
from models.history import Act
from models.outbox import OutboxKind, OutboxMessage
from models.service import Service


def release_cases(
    ports: Ports, *, actor: str, limit: int, service: Service | None = None, references: list[str] | None = None
) -> list[str]:
    """Release up to `limit` waiting cases, the most urgent and then the oldest first; returns their references.

    Each release and the word to Prefect are one commit; two operators at once release different cases.
    """
    now = ports.now()
    query = select(Case).where(col(Case.status) == CaseStatus.SUBMITTED)
    if service is not None:
        query = query.where(col(Case.service) == service)
    if references is not None:
        query = query.where(col(Case.reference).in_(references))
    query = query.order_by(col(Case.priority).desc(), col(Case.created_at), col(Case.id)).limit(limit)
    with unit_of_work(ports.engine) as session:
        cases = session.exec(query.with_for_update(skip_locked=True)).all()
        for case in cases:
            session.add(case.apply(CaseEvent.RELEASE, Act(actor=actor, at=now)))
            session.add(OutboxMessage(created_at=now, kind=OutboxKind.START_RUN, case_id=case.id, due_at=now))
        return [case.reference for case in cases]

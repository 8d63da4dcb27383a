"""Where a case stands: read from the database, the only truth; not a task, because it does nothing."""

from uuid import UUID

from anyio import to_thread

from infra.database import fetch, unit_of_work
from infra.wiring import ports
from models.case import Case, CaseStatus


async def standing(case_id: UUID) -> CaseStatus:
    return await to_thread.run_sync(_standing, case_id)


def _standing(case_id: UUID) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        return fetch(session, Case, case_id).status

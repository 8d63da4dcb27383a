"""What a batch of renewals does, seen from the database and from Prefect."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlmodel import col, select

from infra.database import unit_of_work
from infra.wiring import Ports
from models.case import Case, CaseStatus

_MOVED: Final = text(
    """
    SELECT entity_id, min(at) FROM transition
    WHERE entity = 'renewal_case' AND entity_id = ANY(:cases) AND at > :since GROUP BY entity_id
    """
)
_NOT_UNDER_WAY: Final = (CaseStatus.SUBMITTED, CaseStatus.COMPLETED)
_PAGE: Final = 200


def statuses(ports: Ports, references: Collection[str]) -> list[CaseStatus]:
    with unit_of_work(ports.engine) as session:
        return list(session.exec(select(Case.status).where(col(Case.reference).in_(references))))


def under_way(ports: Ports, references: Collection[str]) -> list[UUID]:
    """Released and not over: the cases that a blow may hit."""
    query = select(Case.id).where(col(Case.reference).in_(references), col(Case.status).not_in(_NOT_UNDER_WAY))
    with unit_of_work(ports.engine) as session:
        return list(session.exec(query))


def seconds_to_move(ports: Ports, cases: Sequence[UUID], *, since: datetime) -> list[float]:
    """For each of the cases, how long after the blow its next step was written down; in order of size."""
    with ports.engine.connect() as connection:
        rows = connection.execute(_MOVED, {"cases": list(cases), "since": since}).all()
    return sorted((at - since).total_seconds() for _, at in rows)


def runs_of(ports: Ports, references: Sequence[str]) -> list[dict[str, Any]]:
    """Every flow run of these cases, as Prefect has it."""
    api = ports.settings.prefect_api_url
    found: list[dict[str, Any]] = []
    while True:
        asked = {"flow_runs": {"tags": {"all_": ["renewal"]}}, "offset": len(found), "limit": _PAGE, "sort": "ID_DESC"}
        page = httpx.post(f"{api}/flow_runs/filter", json=asked, timeout=30).raise_for_status().json()
        found += page
        if len(page) < _PAGE:
            return [run for run in found if run["name"].split(" ")[0] in set(references)]


def unfinished_tasks(ports: Ports, runs: Sequence[dict[str, Any]]) -> int:
    """Task runs that Prefect shows as not ended, of runs that have."""
    api, count = ports.settings.prefect_api_url, 0
    for start in range(0, len(runs), _PAGE):
        ids = [run["id"] for run in runs[start : start + _PAGE]]
        open_states = {"type": {"any_": ["SCHEDULED", "PENDING", "RUNNING", "PAUSED", "CANCELLING"]}}
        asked = {"flow_runs": {"id": {"any_": ids}}, "task_runs": {"state": open_states}}
        count += httpx.post(f"{api}/task_runs/count", json=asked, timeout=30).raise_for_status().json()
    return count

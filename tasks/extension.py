"""extend_residency: tell the registry that the fee is paid and the residency runs on."""

from typing import Final
from uuid import UUID

from infra.database import all_of, fetch, unit_of_work
from infra.errors import PermanentError
from infra.leases import held_case
from infra.registries import Extension
from infra.wiring import ports
from models.case import Case, CaseEvent, CaseStatus
from models.person import CasePerson
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.PAID


def _extend_residency(case_id: UUID) -> CaseStatus:
    """Extend every person's residency; safe to repeat, because the registry knows the request by the case's id."""
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        if not stands_at(case, _HERE):
            return case.status
        extensions = [
            Extension(
                civil_number=person.civil_number, start=person.period_start, end=person.period_end, years=person.years
            )
            for person in sorted(all_of(session, CasePerson, case_id=case_id), key=lambda person: person.position)
            if person.period_start is not None and person.period_end is not None
        ]
    try:
        confirmation = ports().registries.extend(case_id, extensions)
    except PermanentError as error:
        return _record(case_id, CaseEvent.REFUSE_RENEWAL, reason=str(error))
    return _record(case_id, CaseEvent.EXTEND, reason=f"confirmed by the registry as {confirmation}")


extend_residency = step(_extend_residency)


def _record(case_id: UUID, event: CaseEvent, *, reason: str) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if stands_at(case, _HERE):
            session.add(case.apply(event, act(reason=reason)))
        return case.status

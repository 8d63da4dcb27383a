"""Erasing by period: the cases whose time is over, and first what was begun and not finished."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from infra.clock import kuwait_date
from infra.database import all_of, locked, unit_of_work
from infra.errors import InfraError
from infra.retaining.due import CaseOver, cases_over
from infra.retaining.erasing import erase
from infra.retaining.forbidding import erasure_begun, forbidden
from infra.retaining.sweeping import sweep
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.erasure import Erasure, ErasureCause
from models.errors import RuleError
from models.retention import retention_periods

RETAIN_ACTOR: Final = "retain"
_log = structlog.get_logger()


@dataclass(slots=True)
class Retained:
    """What a run did, or would do, by how the cases ended."""

    erased: Counter[CaseStatus] = field(default_factory=Counter)
    unconfirmed: Counter[CaseStatus] = field(default_factory=Counter)  # over, by a period that nobody has confirmed
    held_back: list[str] = field(default_factory=list)  # references with the reason
    finished: int = 0  # begun by an earlier run
    swept: int = 0  # files that no application names
    failed: list[str] = field(default_factory=list)


def retain(
    ports: Ports,
    *,
    dry_run: bool,
    include_unconfirmed: bool = False,
    limit: int = 1000,
    progress: Callable[[int], None] = lambda _done: None,
) -> Retained:
    """Erase at most `limit` cases whose period is over. A dry run only counts, and names what is held back.

    Safe to repeat and to interrupt: what was begun is finished first, beside the limit. One case that fails keeps no
    other waiting; it counts, so that a store that is away does not see every case begun. What is held back or not
    confirmed does not count: so many of them would keep the others for ever. At the end files are swept that nothing
    leads to.
    """
    done = Retained()
    today = kuwait_date(ports.now())
    if not dry_run:
        _finish_begun(ports, done)
    tried = 0
    for status, period in retention_periods().items():
        for over in cases_over(ports, status, period, today=today):
            if period.needs_confirmation and not include_unconfirmed:
                done.unconfirmed[status] += 1
                continue
            if tried >= limit:
                break
            tried += _one(ports, over, status, done, dry_run=dry_run)
            progress(tried)
    _sweep(ports, done, dry_run=dry_run)
    return done


def _sweep(ports: Ports, done: Retained, *, dry_run: bool) -> None:
    try:
        done.swept, left = sweep(ports, dry_run=dry_run)
    except InfraError as error:
        _log.warning("not_swept", reason=str(error))
        done.failed.append(f"files that no application names: {error}")
        return
    if left:
        done.failed.append(f"files that no application names: {left} could not be erased; the log says why")


def _one(ports: Ports, over: CaseOver, status: CaseStatus, done: Retained, *, dry_run: bool) -> bool:
    """Whether it was erased, tried to be, or would be."""
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, over.case_id)
        if erasure_begun(session, case.id):  # tried above, where it failed; the next run tries it again
            return False
        if reasons := forbidden(session, case):
            done.held_back.append(f"{case.reference}: {'; '.join(reasons)}")
            return False
        erasure_id = None if dry_run else _begin(session, case, now=ports.now())
    if erasure_id is None or _carry_out(ports, erasure_id, over.reference, done):
        done.erased[status] += 1
    return True


def _begin(session: Session, case: Case, *, now: datetime) -> UUID:
    """The point of no return, written down before anything goes. A request that waits for approval is overtaken."""
    for waiting in all_of(session, Erasure, case_id=case.id, withdrawn_at=None):
        waiting.withdrawn_at, waiting.withdrawn_by = now, RETAIN_ACTOR
    session.flush()
    erasure = Erasure(
        created_at=now,
        case_id=case.id,
        cause=ErasureCause.RETENTION,
        reason=f"the period for {case.status.value} cases is over",
        requested_by=RETAIN_ACTOR,
        begun_at=now,
    )
    session.add(erasure)
    return erasure.id


def _finish_begun(ports: Ports, done: Retained) -> None:
    begun = (
        select(Erasure.id, Case.reference)
        .join(Case, col(Case.id) == col(Erasure.case_id))
        .where(col(Erasure.begun_at).is_not(None), col(Erasure.finished_at).is_(None))
    )
    with unit_of_work(ports.engine) as session:
        found = list(session.exec(begun.order_by(col(Erasure.begun_at))))
    for erasure_id, reference in found:
        done.finished += _carry_out(ports, erasure_id, reference, done)


def _carry_out(ports: Ports, erasure_id: UUID, reference: str, done: Retained) -> bool:
    try:
        erase(ports, erasure_id)
    except (InfraError, RuleError) as error:  # it has begun, and the next run goes on with it
        _log.warning("not_erased", reference=reference, reason=str(error))
        done.failed.append(f"{reference}: {error}")
        return False
    return True

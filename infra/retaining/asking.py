"""Erasure because a person asked: one member of staff asks for it, another approves, and it is carried out at once."""

from uuid import UUID

from sqlmodel import Session

from infra.case_report import case_by_reference
from infra.database import all_of, locked, unit_of_work
from infra.remedies import MANAGE
from infra.retaining.erasing import erase
from infra.retaining.forbidding import forbidden
from infra.wiring import Ports
from models.case import Case
from models.erasure import Erasure, ErasureCause
from models.errors import InputError, MissingError, RuleError
from models.history import is_same_person


def request_erasure(ports: Ports, reference: str, *, actor: str, reason: str) -> UUID:
    """Write the request down; nothing is erased before another person approves. RuleError says what forbids it."""
    if not reason.strip():
        raise InputError("reason", "is empty; say who asked, and when")
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, case_by_reference(session, reference).id)
        if case.erased_at is not None:
            raise RuleError(f"{case.reference} is erased already")
        _refuse_forbidden(session, case)
        if _standing(session, case) is not None:
            raise RuleError(f"{case.reference}: its erasure is asked for already; another person approves it")
        erasure = Erasure(
            created_at=ports.now(),
            case_id=case.id,
            cause=ErasureCause.REQUEST,
            reason=reason.strip(),
            requested_by=actor,
        )
        session.add(erasure)
        return erasure.id


def approve_erasure(ports: Ports, reference: str, *, actor: str) -> int:
    """Approve as a second person and erase, for ever; how many files went.

    Called again after a crash it goes on where it was, whoever calls. RuleError: the same person, or forbidden by now.
    """
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, case_by_reference(session, reference).id)
        erasure = _asked(session, case)
        if erasure.begun_at is None:
            if is_same_person(actor, erasure.requested_by):
                raise RuleError(f"{erasure.requested_by} asked for this erasure; another person must approve it")
            _refuse_forbidden(session, case)
            erasure.approved_by, erasure.begun_at = actor, ports.now()
    return erase(ports, erasure.id)


def withdraw_erasure(ports: Ports, reference: str, *, actor: str) -> None:
    """Take a request back; RuleError when it was approved: there is no way back then."""
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, case_by_reference(session, reference).id)
        erasure = _asked(session, case)
        if erasure.begun_at is not None:
            raise RuleError(f"{case.reference}: the erasure was approved and cannot be taken back")
        erasure.withdrawn_at, erasure.withdrawn_by = ports.now(), actor


def _standing(session: Session, case: Case) -> Erasure | None:
    found = all_of(session, Erasure, case_id=case.id, withdrawn_at=None)
    return found[0] if found else None


def _asked(session: Session, case: Case) -> Erasure:
    found = _standing(session, case)
    if found is None:
        raise MissingError(
            "erasure of case",
            case.reference,
            remedy=f"ask for it with `{MANAGE} erase {case.reference} --reason TEXT --as NAME`",
        )
    return found


def _refuse_forbidden(session: Session, case: Case) -> None:
    if reasons := forbidden(session, case):
        raise RuleError(f"{case.reference} cannot be erased: {'; '.join(reasons)}")

"""The erasing itself: files first, then every row in one commit; it may die anywhere and is done again from the start.

Files first, because the rows say which files there are: died after the files, the rows still name them and the next try
finds them gone; died the other way round, files would be left that nothing leads to.
"""

from typing import Final
from uuid import UUID

import structlog
from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked, unit_of_work
from infra.retaining.forbidding import forbidden
from infra.wiring import Ports
from models.account import Account
from models.case import Case
from models.document import Document
from models.erasure import ERASED, Erasure
from models.errors import RuleError
from models.history import Transition
from models.obstacle import Obstacle
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.order import OrderLine
from models.person import CasePerson
from models.receipt import Receipt

NUMBERS: Final = frozenset(
    {"paymentid", "tranid", "ref", "trackid", "id", "auth", "result", "amt", "amount", "currency", "postdate", "status"}
)
"""What stays of a gateway's answer: which payment it was, and what was said of it (the trigger has the same list)."""

_MACHINES: Final = frozenset({"worker", "settle"})
"""Their reasons are ours; a person's may name anybody."""

_log = structlog.get_logger()


def erase(ports: Ports, erasure_id: UUID) -> int:
    """Carry an erasure that has begun to its end; how many files went.

    Safe to repeat. RuleError when something forbids it by now (a late payment, a legal hold): it goes on later.
    """
    with unit_of_work(ports.engine) as session:
        erasure = fetch(session, Erasure, erasure_id)
        if erasure.finished_at is not None:
            return erasure.objects or 0
        case = locked(session, Case, erasure.case_id)
        _check(session, case, erasure)
        keys = _objects(session, case)
    for key in keys:
        ports.store.erase(key)
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, erasure.case_id)
        erasure = locked(session, Erasure, erasure_id)
        if erasure.finished_at is None:
            _forget(session, case)
            session.flush()  # the record lets nothing go any more once it is finished
            case.erased_at = erasure.finished_at = ports.now()
            erasure.objects = len(keys)
    _log.info("case_erased", reference=case.reference, cause=erasure.cause.value, objects=len(keys))
    return len(keys)


def _check(session: Session, case: Case, erasure: Erasure) -> None:
    if erasure.begun_at is None:
        raise RuleError(f"{case.reference}: the erasure is not approved yet")
    if reasons := forbidden(session, case):
        raise RuleError(f"{case.reference} is not erased: {'; '.join(reasons)}")


def _objects(session: Session, case: Case) -> list[str]:
    documents = all_of(session, Document, case_id=case.id)
    keys = [key for each in documents for key in (each.quarantine_key, each.object_key) if key]
    return keys + [each.object_key for each in all_of(session, Receipt, case_id=case.id) if each.object_key]


def _forget(session: Session, case: Case) -> None:
    for person in all_of(session, CasePerson, case_id=case.id):
        person.erase()
    case.fee_facts = case.permit_expires = None
    for obstacle in all_of(session, Obstacle, case_id=case.id):
        obstacle.reason_en = obstacle.reason_ar = ERASED
        obstacle.remedy_en = obstacle.remedy_ar = None
    for step in all_of(session, Transition, entity=Case.__tablename__, entity_id=case.id):
        if step.reason is not None and step.actor not in _MACHINES:
            step.reason = ERASED
    session.flush()
    _forget_evidence(session, case)
    _forget_account(session, case)


def _forget_evidence(session: Session, case: Case) -> None:
    """Of a payment for many cases, when the last of them goes: the others may still ask what was said of it."""
    orders = [line.order_id for line in all_of(session, OrderLine, case_id=case.id)]
    attempts = select(PaymentAttempt.id).where(col(PaymentAttempt.order_id).in_(orders))
    for attempt_id in session.exec(attempts):
        if _is_last(session, attempt_id, case):
            for evidence in all_of(session, GatewayEvidence, attempt_id=attempt_id):
                if evidence.raw or not evidence.fields.keys() <= NUMBERS:
                    evidence.raw = b""
                    evidence.fields = {name: said for name, said in evidence.fields.items() if name in NUMBERS}


def _is_last(session: Session, attempt_id: UUID, case: Case) -> bool:
    others = (
        select(Case.id)
        .join(OrderLine, col(OrderLine.case_id) == col(Case.id))
        .join(PaymentAttempt, col(PaymentAttempt.order_id) == col(OrderLine.order_id))
        .where(col(PaymentAttempt.id) == attempt_id, col(Case.id) != case.id, col(Case.erased_at).is_(None))
    )
    return session.exec(others.limit(1)).first() is None


def _forget_account(session: Session, case: Case) -> None:
    """Whose last case is erased is nobody to us any more; applying again makes a new account."""
    account = locked(session, Account, case.account_id)
    others = select(Case.id).where(
        col(Case.account_id) == account.id, col(Case.id) != case.id, col(Case.erased_at).is_(None)
    )
    if session.exec(others.limit(1)).first() is None:
        account.erase()

"""Hold and unhold: staff stop a case where it stands, and let it go on from there; both stand in its history."""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.case_report import case_by_reference
from infra.database import fetch, locked, unit_of_work
from infra.payments.orders import order_of, wake
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.history import Act
from models.payments.order import OrderStatus, PaymentOrder

_PAYABLE: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS, OrderStatus.REVIEW})
RUN_CANCELLED: Final = "its run was cancelled in the Prefect UI"
"""Why a case is held whose run staff stopped by Cancel; Retry of that run lets it go on."""


def hold_case(
    ports: Ports, *, case_id: UUID | None = None, reference: str | None = None, actor: str, reason: str
) -> None:
    """Hold the case of this id or this reference.

    In the queue it is not released; later its run ends as *Held* when it next begins, and goes on after `unhold_case`.
    Money never waits: what is paid meanwhile is settled. RuleError when it is held already or closed.
    """
    doing = Act(actor=actor, at=ports.now(), reason=reason)
    with unit_of_work(ports.engine) as session:
        case = locked(session, Case, _found(session, case_id, reference).id)
        session.add(case.hold(doing))


def unhold_case(
    ports: Ports, *, case_id: UUID | None = None, reference: str | None = None, actor: str, reason: str
) -> None:
    """Let the case go on, and tell its run in the same commit. RuleError when it is not held.

    The payer gets back the time that the case was held: its order does not lapse meanwhile.
    """
    doing = Act(actor=actor, at=ports.now(), reason=reason)
    with unit_of_work(ports.engine) as session:
        found = _found(session, case_id, reference)
        order = order_of(session, found)
        if order is not None:
            order = locked(session, PaymentOrder, order.id)
        case = locked(session, Case, found.id)
        if order is not None and order.status in _PAYABLE and case.held_at is not None:
            order.expires_at += doing.at - case.held_at
        session.add(case.unhold(doing))
        if case.status is not CaseStatus.SUBMITTED:
            session.add(wake(case, now=doing.at))


def _found(session: Session, case_id: UUID | None, reference: str | None) -> Case:
    """Not locked: an order is locked before its cases."""
    if case_id is not None:
        return fetch(session, Case, case_id)
    return case_by_reference(session, reference or "")

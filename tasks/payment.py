"""take_payment: the order that the payer pays; what becomes of the money is settled apart from any run."""

from typing import Final
from uuid import UUID

from infra.database import unit_of_work
from infra.leases import held_case
from infra.payments.orders import open_order
from infra.wiring import ports
from models.case import CaseEvent, CaseStatus
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.QUOTED


def _take_payment(case_id: UUID) -> CaseStatus:
    """Open the order; the run then sleeps until the order is paid, lapses or is put under review."""
    now = ports().now()
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if stands_at(case, _HERE):
            session.add(case.apply(CaseEvent.ASK_PAYMENT, act()))
            open_order(session, case, now=now, terms=ports().terms)
        return case.status


take_payment = step(_take_payment)

"""Where a case stands when its run begins: read from the database, the only truth; not a task of its own."""

from uuid import UUID

from prefect.context import FlowRunContext

from infra.database import fetch, locked, unit_of_work
from infra.holding import RUN_CANCELLED
from infra.leases import held_case
from infra.payments.orders import order_of
from infra.payments.reprocessing import ask_again, reprocess
from infra.payments.standings import plan_of
from infra.wiring import ports
from models.case import Case, CaseStatus
from models.payments.order import PaymentOrder
from tasks.step import WORKER_ACTOR, act, patiently


async def take_up(case_id: UUID) -> CaseStatus | None:
    """The status to go on from; None when staff hold the case.

    A registry's refusal is asked about again, unless its money goes back, and so is a payment under review: only
    staff's Retry starts such a run.
    Retry also lets a case go on that is held because this very run was cancelled.
    """
    context = FlowRunContext.get()
    if context is not None and context.flow_run is not None and context.flow_run.run_count > 1:
        await patiently(_let_go_on, case_id)
    return await patiently(_take_up, case_id)


def _let_go_on(case_id: UUID) -> None:
    with unit_of_work(ports().engine) as session:
        case = held_case(session, case_id)
        if case.held_because == RUN_CANCELLED:
            session.add(case.unhold(act(reason="its run was retried")))


def _take_up(case_id: UUID) -> CaseStatus | None:
    with unit_of_work(ports().engine) as session:
        case = fetch(session, Case, case_id)
        if case.is_held:
            return None
        doubted = plan_of(session, case, now=ports().now()) if case.status is CaseStatus.PAYMENT_REVIEW else None
    if doubted is not None:
        reprocess(ports(), [doubted], actor=WORKER_ACTOR)
    with unit_of_work(ports().engine) as session:
        order = order_of(session, fetch(session, Case, case_id))
        order = locked(session, PaymentOrder, order.id) if order else None
        case = held_case(session, case_id)
        if case.is_held:
            return None
        ask_again(session, order, case, act=act(reason="the run was retried"))
        return case.status

"""take_payment: the order, the wait for the payer, and the inquiry that decides."""

from datetime import datetime
from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of, fetch, locked, unit_of_work
from infra.payments.orders import open_order, order_of, wake
from infra.payments.hearing import live_attempt
from infra.payments.settling import settle
from infra.wiring import ports
from models.payments.attempt import PaymentAttempt
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.payments.order import OrderEvent, OrderLine, OrderStatus, PaymentOrder
from tasks.step import WORKER_ACTOR, act, stands_at, step

_HERE: Final = (CaseStatus.QUOTED, CaseStatus.AWAITING_PAYMENT)


def _take_payment(case_id: UUID) -> CaseStatus:
    """Open the order, then, each time the run is woken, ask the gateway; only an inquiry ends an attempt."""
    now = ports().now()
    with unit_of_work(ports().engine) as session:
        case = locked(session, Case, case_id)
        if not stands_at(case, *_HERE):
            return case.status
        if case.status is CaseStatus.QUOTED:
            session.add(case.apply(CaseEvent.ASK_PAYMENT, act()))
            open_order(session, case, now=now, terms=ports().terms)
            return case.status
        order = order_of(session, case)
        due = _attempts_due(session, order, now=now) if order else []
    for attempt_id in due:
        settle(ports(), attempt_id, actor=WORKER_ACTOR, running=case_id)
    if order is not None and order.expires_at <= now:
        _expire(order.id, running=case_id)
    with unit_of_work(ports().engine) as session:
        return fetch(session, Case, case_id).status


take_payment = step(_take_payment)


def _attempts_due(session: Session, order: PaymentOrder, *, now: datetime) -> list[UUID]:
    """The attempts whose time to be asked about has come; of a settled one, when news of it came late."""
    attempts = all_of(session, PaymentAttempt, order_id=order.id)
    return [each.id for each in attempts if each.next_check_at is not None and each.next_check_at <= now]


def _expire(order_id: UUID, *, running: UUID) -> None:
    """An order that nobody paid in time lapses, and its cases with it; never while an attempt is open."""
    with unit_of_work(ports().engine) as session:
        order = locked(session, PaymentOrder, order_id)
        if order.status is not OrderStatus.OPEN or live_attempt(session, order) is not None:
            return
        doing = act(reason="the time to pay is over")
        session.add(order.apply(OrderEvent.EXPIRE, doing))
        for line in sorted(all_of(session, OrderLine, order_id=order.id), key=lambda line: line.case_id):
            case = locked(session, Case, line.case_id)
            if CASE.allows(case.status, CaseEvent.LAPSE):
                session.add(case.apply(CaseEvent.LAPSE, doing))
                if case.id != running:
                    session.add(wake(case, now=doing.at))

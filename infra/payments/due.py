"""News of a payment whose case has gone on: nobody's run asks about it any more, so the worker does."""

from typing import Final
from uuid import UUID

import structlog
from anyio import sleep, to_thread
from sqlmodel import col, select

from infra.database import unit_of_work
from infra.errors import TransientError
from infra.payments.settling import settle
from infra.wiring import Ports
from models.payments.attempt import PaymentAttempt
from models.case import Case, CaseStatus
from models.payments.order import OrderLine

_PAUSE: Final = 5.0
_BATCH: Final = 20
_ACTOR: Final = "late-news"
_log = structlog.get_logger()


async def follow_late_news(ports: Ports) -> None:
    """Ask, for ever, about attempts that are due and whose orders no case waits for."""
    while True:
        try:
            await to_thread.run_sync(settle_late_news, ports)
        except TransientError as error:
            _log.warning("late_news_waits", reason=str(error))
        await sleep(_PAUSE)


def settle_late_news(ports: Ports) -> list[UUID]:
    """One round; the attempts asked about. A late capture is booked, and the order goes to review or is paid."""
    waiting = (
        select(OrderLine.order_id)
        .join(Case, col(Case.id) == col(OrderLine.case_id))
        .where(col(Case.status) == CaseStatus.AWAITING_PAYMENT)
    )
    due = (
        select(PaymentAttempt.id)
        .where(col(PaymentAttempt.next_check_at) <= ports.now(), col(PaymentAttempt.order_id).not_in(waiting))
        .order_by(col(PaymentAttempt.next_check_at))
        .limit(_BATCH)
    )
    with unit_of_work(ports.engine) as session:
        found = list(session.exec(due))
    for attempt_id in found:
        settle(ports, attempt_id, actor=_ACTOR)
    return found

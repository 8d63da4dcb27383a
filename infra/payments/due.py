"""The schedule of checks: attempts that are due are asked about, refunds sent, and orders that nobody paid lapse."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from anyio import sleep, to_thread
from sqlmodel import Session, col, exists, select

from infra.database import all_of, locked, unit_of_work
from infra.errors import InfraError, TransientError
from infra.payments.following import close_order
from infra.payments.refunding import send_refund
from infra.payments.settling import settle
from infra.payments.starting import live_attempt
from infra.wiring import Ports
from models.case import Case
from models.history import Act
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.order import OrderEvent, OrderLine, OrderStatus, PaymentOrder
from models.payments.refund import Refund

Done = TypeVar("Done")

SETTLE_ACTOR: Final = "settle"
LEASE: Final = timedelta(minutes=2)
"""Whoever takes an attempt up and dies leaves it to the others after this; longer than an inquiry takes."""

_BATCH: Final = 40
_AT_ONCE: Final = 4
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    asked: list[UUID]
    refunds: list[UUID]
    lapsed: list[UUID]

    @property
    def is_full(self) -> bool:
        return len(self.asked) >= _BATCH


async def settle_for_ever(ports: Ports, *, poll_seconds: float) -> None:
    """Round after round. Trouble with the database delays, and loses nothing; Prefect is not needed."""
    while True:
        full = False
        try:
            full = (await to_thread.run_sync(settle_due, ports)).is_full
        except TransientError as error:
            _log.warning("settle_waits", reason=str(error))
        if not full:
            await sleep(poll_seconds)


def settle_due(ports: Ports, *, actor: str = SETTLE_ACTOR) -> Round:
    """One round; any number of workers may do it at once, each takes up other attempts."""
    now = ports.now()
    attempts = _take_up(ports, PaymentAttempt, col(PaymentAttempt.next_check_at), now=now)
    _each(attempts, lambda key: settle(ports, key, actor=actor))
    refunds = _take_up(ports, Refund, col(Refund.due_at), now=now)
    _each(refunds, lambda key: send_refund(ports, key, actor=actor))
    return Round(attempts, refunds, _lapse(ports, now=now, actor=actor))


def _take_up(ports: Ports, kind: type[PaymentAttempt] | type[Refund], due: Any, *, now: datetime) -> list[UUID]:
    """The next ones that are due, each put off by the lease, so that no two workers ask the same at once."""
    query = select(kind).where(due <= now).order_by(due).limit(_BATCH).with_for_update(skip_locked=True)
    with unit_of_work(ports.engine) as session:
        found = list(session.exec(query))
        for row in found:
            if isinstance(row, PaymentAttempt):
                row.next_check_at = now + LEASE
            else:
                row.due_at = now + LEASE
        return [row.id for row in found]


def _each(keys: list[UUID], do: Callable[[UUID], Done]) -> dict[UUID, Done]:
    """A few at once; what became of those that went well.

    One that fails, for whatever reason, is due again after its lease and keeps nobody else waiting.
    """
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        work = {key: hands.submit(do, key) for key in keys}
    failed = {key: error for key, done in work.items() if (error := done.exception()) is not None}
    for key, error in failed.items():
        _note(key, error)
    return {key: done.result() for key, done in work.items() if key not in failed}


def _note(key: UUID, error: BaseException) -> None:
    """Its kind and not its message, which may hold anything."""
    if not isinstance(error, Exception):
        raise error
    log = _log.warning if isinstance(error, InfraError) else _log.error
    log("not_settled", key=str(key), reason=type(error).__name__)


def _lapse(ports: Ports, *, now: datetime, actor: str) -> list[UUID]:
    """Orders that nobody paid in time, and their cases with them; never while an attempt is open."""
    looked_into = col(PaymentAttempt.state).in_(LIVE) | (col(PaymentAttempt.next_check_at) <= now + LEASE)
    query = (
        select(PaymentOrder.id)
        .where(col(PaymentOrder.status) == OrderStatus.OPEN, col(PaymentOrder.expires_at) <= now)
        .where(~exists().where(col(PaymentAttempt.order_id) == col(PaymentOrder.id), looked_into))
        .where(~_held(col(PaymentOrder.id)))
        .order_by(col(PaymentOrder.expires_at))
        .limit(_BATCH)
    )
    with unit_of_work(ports.engine) as session:
        found = list(session.exec(query))
    over = _each(found, lambda key: _expire(ports, key, act=Act(actor=actor, at=now)))
    return [key for key, is_over in over.items() if is_over]


def _held(order_id: Any) -> Any:
    """Staff hold one of the order's cases: that is no fault of the payer."""
    return exists().where(
        col(OrderLine.order_id) == order_id, col(OrderLine.case_id) == col(Case.id), col(Case.held_at).is_not(None)
    )


def _expire(ports: Ports, order_id: UUID, *, act: Act) -> bool:
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, order_id)
        if order.status is not OrderStatus.OPEN or order.expires_at > act.at:
            return False  # also when its time was put off: a hold was lifted meanwhile
        if live_attempt(session, order) or _late_news(session, order, act.at) or _is_held(session, order):
            return False
        over = Act(actor=act.actor, at=act.at, reason="the time to pay is over")
        close_order(session, order, OrderEvent.EXPIRE, act=over)
        return True


def _is_held(session: Session, order: PaymentOrder) -> bool:
    """A hold takes its case's lock and no other: with all of them taken, none comes before the commit."""
    lines = sorted(all_of(session, OrderLine, order_id=order.id), key=lambda line: line.case_id)
    cases = [locked(session, Case, line.case_id) for line in lines]
    return any(case.is_held for case in cases)


def _late_news(session: Session, order: PaymentOrder, now: datetime) -> bool:
    """Whether something was heard of a settled attempt that is about to be looked into."""
    query = select(PaymentAttempt.id).where(
        col(PaymentAttempt.order_id) == order.id, col(PaymentAttempt.next_check_at) <= now + LEASE
    )
    return session.exec(query).first() is not None

"""Reprocessing: asking again, sending what is due, leaving word for the run; it never charges anybody."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from infra.case_report import case_by_reference
from infra.database import all_of, fetch, locked, unit_of_work
from infra.errors import InfraError
from infra.payments.following import follow
from infra.payments.orders import order_of, wake
from infra.payments.pauses import known_gateway
from infra.payments.refunding import send_refund
from infra.payments.settling import settle
from infra.payments.shares import is_paid
from infra.payments.standings import refunds_due, unsettled
from infra.wiring import Ports
from models.case import Case, CaseEvent, CaseStatus
from models.errors import CaseworkError
from models.history import Act
from models.outbox import OutboxKind, OutboxMessage
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence
from models.payments.order import PaymentOrder
from models.payments.reprocess import Plan, Safety
from models.states import Party

_AT_ONCE: Final = 4
_FAILURES: Final = (InfraError, CaseworkError, SQLAlchemyError)
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one case: `answers` tell of each payment that was asked about, `failed` the kind of trouble."""

    reference: str
    before: CaseStatus | None
    after: CaseStatus | None
    answers: tuple[str, ...] = ()
    refunds: int = 0
    failed: str | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    outcomes: list[Outcome]
    left: list[Plan]
    """Not touched: they need approval, or are refused."""

    @property
    def failed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.failed]

    @property
    def moved(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.after is not each.before]

    @property
    def stayed(self) -> list[Outcome]:
        return [each for each in self.outcomes if each.after is each.before and not each.failed]


@dataclass(frozen=True, slots=True)
class _Group:
    """Cases that one payment pays: their attempts are asked about once."""

    order_id: UUID | None
    plans: list[Plan]


def reprocess(
    ports: Ports, plans: Iterable[Plan], *, actor: str, on_progress: Callable[[int], object] = lambda _: None
) -> Summary:
    """Do what is safe of `plans`; a few payments at once, `on_progress` told how many cases more are done.

    Each plan is looked at again when its turn comes: what was done meanwhile is not done twice. Safe to repeat, and to
    do twice at once. A case that fails is named in the summary and keeps nobody else waiting.
    """
    every = list(plans)
    safe = [each for each in every if each.safety is Safety.SAFE]
    outcomes: list[Outcome] = []
    with ThreadPoolExecutor(_AT_ONCE) as hands:
        work = [hands.submit(_group_done, ports, group, actor) for group in _groups(ports, safe)]
        for done in as_completed(work):
            outcomes += done.result()
            on_progress(len(done.result()))
    place = {each.reference: number for number, each in enumerate(every)}
    outcomes.sort(key=lambda each: place[each.reference])
    return Summary(outcomes, [each for each in every if each.safety is not Safety.SAFE])


def _groups(ports: Ports, plans: list[Plan]) -> list[_Group]:
    groups: dict[object, _Group] = {}
    with unit_of_work(ports.engine) as session:
        for each in plans:
            order = order_of(session, case_by_reference(session, each.reference))
            key = order.id if order else None
            groups.setdefault(key or each.reference, _Group(key, [])).plans.append(each)
    return list(groups.values())


def _group_done(ports: Ports, group: _Group, actor: str) -> list[Outcome]:
    answers, refunds, failed = _money_done(ports, group.order_id, actor) if group.order_id else ((), 0, None)
    money = [Outcome(each.reference, each.case, each.case, answers, refunds, failed) for each in group.plans]
    return [_case_done(ports, each, actor=actor) for each in money]


def _money_done(ports: Ports, order_id: UUID, actor: str) -> tuple[tuple[str, ...], int, str | None]:
    """What was said of each attempt, how many refunds were sent, and what kind of trouble there was."""
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, order_id)
        attempts = [(each.id, each.gateway) for each in unsettled(session, order)]
    troubles = [_careful(_ask, ports, key, gateway, actor) for key, gateway in attempts]
    with unit_of_work(ports.engine) as session:
        answers = tuple(_answer(session, key) for key, _ in attempts)
        refunds = [each.id for each in refunds_due(session, locked(session, PaymentOrder, order_id), now=ports.now())]
    troubles += [_careful(_send, ports, key, actor) for key in refunds]
    troubles.append(_careful(_follow, ports, order_id, actor))
    return answers, len(refunds), next((each for each in troubles if each), None)


def _answer(session: Session, attempt_id: UUID) -> str:
    """What the gateway said last when it was asked, and where the payment stands now."""
    said = all_of(session, GatewayEvidence, attempt_id=attempt_id, kind=EvidenceKind.INQUIRY)
    attempt = fetch(session, PaymentAttempt, attempt_id)
    return f"{attempt.trackid}: {said[-1].outcome if said else 'no answer'}; it is {attempt.state}"


def _careful(do: Callable[..., object], *args: Any) -> str | None:
    try:
        do(*args)
    except _FAILURES as error:
        _log.warning("not_reprocessed", doing=do.__name__.lstrip("_"), reason=type(error).__name__)
        return type(error).__name__
    return None


def _ask(ports: Ports, attempt_id: UUID, gateway: str, actor: str) -> None:
    known_gateway(ports, gateway)
    settle(ports, attempt_id, actor=actor)


def _send(ports: Ports, refund_id: UUID, actor: str) -> None:
    send_refund(ports, refund_id, actor=actor)


def _follow(ports: Ports, order_id: UUID, actor: str) -> None:
    with unit_of_work(ports.engine) as session:
        follow(session, locked(session, PaymentOrder, order_id), act=_act(ports, actor))


def _case_done(ports: Ports, money: Outcome, *, actor: str) -> Outcome:
    try:
        return replace(money, after=_bring_on(ports, money.reference, actor))
    except _FAILURES as error:
        _log.warning("not_reprocessed", doing="bring_on", reason=type(error).__name__)
        return replace(money, failed=type(error).__name__)


def _bring_on(ports: Ports, reference: str, actor: str) -> CaseStatus:
    """A registry's refusal is asked about again; a case that waits for us has its run woken."""
    with unit_of_work(ports.engine) as session:
        found = case_by_reference(session, reference)
        order = order_of(session, found)
        order = locked(session, PaymentOrder, order.id) if order else None
        case = locked(session, Case, found.id)
        act = _act(ports, actor)
        ask_again(session, order, case, act=act)
        if case.waits_on is Party.US and not _word_is_left(session, case):
            session.add(wake(case, now=act.at))
        return case.status


def ask_again(session: Session, order: PaymentOrder | None, case: Case, *, act: Act) -> None:
    """Let a case that a registry refused go on. After payment only while its money stands. Both are held."""
    refused_late = case.status is CaseStatus.RENEWAL_REFUSED
    if refused_late and (order is None or not is_paid(session, order, case.id)):
        return
    if refused_late or case.status is CaseStatus.REGISTRY_REFUSED:
        session.add(case.apply(CaseEvent.RETRY, act))


def _word_is_left(session: Session, case: Case) -> bool:
    return bool(all_of(session, OutboxMessage, case_id=case.id, kind=OutboxKind.WAKE_RUN, delivered_at=None))


def _act(ports: Ports, actor: str) -> Act:
    return Act(actor=actor, at=ports.now(), reason="reprocessed by staff")

"""Reprocessing, the preview: which cases are meant, and what would be done with each."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlmodel import Session, col, func, or_, select

from infra.database import all_of, unit_of_work
from infra.payments.orders import order_of
from infra.payments.shares import MONEY_CAME, Share, is_owed_after_all, share_of
from infra.references import REFERENCE
from infra.wiring import Ports
from models.batch import Batch
from models.case import Case, CaseStatus
from models.errors import InputError
from models.history import Transition
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.order import OrderLine, PaymentOrder
from models.payments.refund import Refund, RefundState
from models.payments.reprocess import Because, Plan, Standing, plan, unknown
from models.payments.review import ReviewItem, blocking, healing
from models.service import Service

STUCK_AFTER: Final = timedelta(minutes=10)
"""A paid case that has not moved for so long is not merely being worked on."""

_AT_ONCE: Final = 100
_S, _R = CaseStatus, RefundState
_STOPPED: Final = (_S.PAYMENT_REVIEW, _S.REGISTRY_REFUSED, _S.RENEWAL_REFUSED)
_OURS: Final = (_S.PAID, _S.EXTENDED)
_TO_RENEW: Final = frozenset({_S.PAID, _S.RENEWAL_REFUSED, _S.PAYMENT_REVIEW})
_SENDABLE: Final = frozenset({_R.APPROVED, _R.SUBMITTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Cases by name, or by filter: those that stand still where reprocessing may help, the oldest first."""

    references: tuple[str, ...] = ()
    status: CaseStatus | None = None
    service: Service | None = None
    older_than: timedelta | None = None
    everything: bool = False
    limit: int | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.references or self.status or self.service or self.older_than or self.everything)


def preview(ports: Ports, selection: Selection) -> list[Plan]:
    """What reprocessing would do, case by case; it changes nothing. InputError when nothing at all is selected."""
    if selection.is_empty:
        raise InputError("references", "name cases, give a status or a service, or ask for all")
    now = ports.now()
    if selection.references:
        wanted = list(dict.fromkeys(each.strip().upper() for each in selection.references if each.strip()))
    else:
        with unit_of_work(ports.engine) as session:
            wanted = _matching(session, selection, now=now)
    plans: list[Plan] = []
    for start in range(0, len(wanted), _AT_ONCE):
        with unit_of_work(ports.engine) as session:
            plans += _plans(session, wanted[start : start + _AT_ONCE], now=now)
    return plans


def plan_of(session: Session, case: Case, *, now: datetime) -> Plan:
    return plan(_standing(session, case, now=now))


def unsettled(session: Session, order: PaymentOrder) -> list[PaymentAttempt]:
    """Attempts whose money is not known, or may still turn up, or is asked after by the work list."""
    open_items = all_of(session, ReviewItem, order_id=order.id, resolved_at=None)
    doubted = {each.attempt_id for each in open_items if each.kind in healing()}
    attempts = all_of(session, PaymentAttempt, order_id=order.id)
    return [each for each in attempts if each.state in LIVE or each.next_check_at or each.id in doubted]


def refunds_due(session: Session, order: PaymentOrder, *, now: datetime) -> list[Refund]:
    """Approved by whom it takes, and due; one whose fate is not known is the worker's to ask about."""
    refunds = all_of(session, Refund, order_id=order.id)
    return [each for each in refunds if each.state in _SENDABLE and each.due_at is not None and each.due_at <= now]


def _plans(session: Session, wanted: list[str], *, now: datetime) -> list[Plan]:
    known = {case.reference: case for case in session.exec(select(Case).where(col(Case.reference).in_(wanted)))}
    return [plan_of(session, known[each], now=now) if each in known else _no_case(session, each) for each in wanted]


def _no_case(session: Session, text: str) -> Plan:
    because = Because.IS_A_BATCH if all_of(session, Batch, reference=text) else Because.NO_SUCH_CASE
    return unknown(_printable(text), because=because)


def _printable(text: str) -> str:
    """What is no reference may be anybody's number: it is not shown again."""
    return text if REFERENCE.fullmatch(text) else "(not a reference)"


def _standing(session: Session, case: Case, *, now: datetime) -> Standing:
    order = order_of(session, case)
    if order is None:
        return Standing(reference=case.reference, case=case.status, order=None)
    refunds = [each for each in all_of(session, Refund, order_id=order.id) if each.case_id in {None, case.id}]
    questions = {each.kind for each in all_of(session, ReviewItem, order_id=order.id, resolved_at=None)}
    return Standing(
        reference=case.reference,
        case=case.status,
        order=order.status,
        ask=tuple(each.trackid for each in unsettled(session, order)),
        refunds_due=len(refunds_due(session, order, now=now)),
        refund_unknown=any(each.state is _R.UNKNOWN for each in refunds),
        refund_requested=any(each.state is _R.REQUESTED for each in refunds),
        open_question=bool(questions & blocking()) or is_owed_after_all(session, case),
        money_leaves=_money_leaves(session, order, case),
    )


def _money_leaves(session: Session, order: PaymentOrder, case: Case) -> bool:
    """Whether it would be renewed without its money."""
    if case.status not in _TO_RENEW or order.status not in MONEY_CAME:
        return False
    return share_of(session, order, case.id) is not Share.STANDS


def _matching(session: Session, selection: Selection, *, now: datetime) -> list[str]:
    query = select(Case.reference)
    if selection.status is not None:
        query = query.where(col(Case.status) == selection.status)
    else:
        query = query.where(_stands_still(now))
    if selection.service is not None:
        query = query.where(col(Case.service) == selection.service)
    if selection.older_than is not None:
        query = query.where(_last_moved() <= now - selection.older_than)
    return list(session.exec(query.order_by(col(Case.created_at), col(Case.id)).limit(selection.limit)))


def _stands_still(now: datetime) -> Any:
    status = col(Case.status)
    return or_(
        status.in_(_STOPPED),
        (status == _S.AWAITING_PAYMENT) & _has_live_attempt(),
        status.in_(_OURS) & (_last_moved() <= now - STUCK_AFTER),
    )


def _has_live_attempt() -> Any:
    of_the_case = (col(OrderLine.case_id) == col(Case.id)) & col(PaymentAttempt.state).in_(LIVE)
    lines = select(OrderLine.id).join(PaymentAttempt, col(PaymentAttempt.order_id) == col(OrderLine.order_id))
    return lines.where(of_the_case).exists()


def _last_moved() -> Any:
    moved = select(func.max(Transition.at)).where(
        col(Transition.entity) == Case.__tablename__, col(Transition.entity_id) == col(Case.id)
    )
    return moved.correlate(Case).scalar_subquery()

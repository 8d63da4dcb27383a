"""Refunds that staff ask for: one person asks, seeing what is left; another approves; then it is sent by itself."""

from dataclasses import replace
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of, fetch, locked, unit_of_work
from infra.payments.booking import MACHINE_ACTOR, captures_of, left_fils
from infra.payments.following import follow
from infra.payments.reviews import open_review
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.errors import InputError, RuleError
from models.history import Act, is_same_person
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderLine, PaymentOrder
from models.payments.refund import COUNTED, Refund, RefundEvent, RefundState
from models.payments.review import ReviewKind


def refundable(session: Session, order: PaymentOrder, *, surplus: bool = False) -> tuple[LedgerEntry, int] | None:
    """The capture that paid the order and the fils of it that are left; None when nothing was paid.

    With `surplus`, the money beside it that pays nothing: of several captures, one of which something is left. What
    came under no attempt of ours is left out: the gateway cannot be told which payment to return.
    """
    account = LedgerAccount.SUSPENSE if surplus else LedgerAccount.ORDERS
    captures = all_of(session, LedgerEntry, order_id=order.id, kind=LedgerKind.CAPTURE, credit=account)
    ours = [each for each in captures if _attempts_of(session, each)]
    found = [(each, left_fils(session, each, counting=COUNTED)) for each in ours]
    if not found:
        return None
    return next((each for each in found if each[1] > 0), found[-1]) if surplus else found[-1]


def request_refund(
    ports: Ports,
    order_id: UUID,
    *,
    amount: Money | None,
    believed_left: Money,
    reason: str,
    actor: str,
    case_id: UUID | None = None,
    surplus: bool = False,
) -> UUID:
    """Ask for `amount`, or for all that is left; the refund's id. `surplus` is of money that pays nothing.

    Of an order for many cases `case_id` says whose share it is, and no more than that share can be asked for.
    `believed_left` is what the asking person saw that is left of the share, or of the order without one: InputError
    when it is no longer so, as somebody else was quicker.
    """
    if not reason.strip():
        raise InputError("reason", "say in a sentence why the money is returned")
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, order_id)
        found = refundable(session, order, surplus=surplus)
        if found is None:
            raise RuleError(_why_none(session, order) if surplus else "this order was never paid")
        capture, left = found
        if case_id is not None:
            left = _left_of_share(session, capture, case_id, left=left)
        if left <= 0:
            raise RuleError(f"nothing of this {'share' if case_id else 'order'} is left to return")
        if left != believed_left.fils:
            raise InputError("--believed-left", f"{Money(left)} is left now, not {believed_left}; look again")
        wanted = amount.fils if amount is not None else left
        if not 0 < wanted <= left:
            raise InputError("--amount", f"must be more than nothing and at most {Money(left)}, which is left")
        refund = Refund(
            created_at=now,
            order_id=order.id,
            attempt_id=_attempts_of(session, capture)[0].id,
            capture_entry_id=capture.id,
            case_id=case_id,
            amount_fils=wanted,
            reason=reason,
            requested_by=actor,
        )
        session.add(refund)
        return refund.id


def request_share(session: Session, order: PaymentOrder, case_id: UUID, *, act: Act) -> UUID | None:
    """Ask for what is left of one case's share, in the commit that ends the case; None when nothing is left of it.

    The order is held.
    """
    found = refundable(session, order)
    share = left_to_ask(session, order, case_id).fils
    if found is None or not share:
        return None
    refund = Refund(
        created_at=act.at,
        order_id=order.id,
        attempt_id=_attempts_of(session, found[0])[0].id,
        capture_entry_id=found[0].id,
        case_id=case_id,
        amount_fils=share,
        reason=act.reason or "the case was cancelled",
        requested_by=act.actor,
    )
    session.add(refund)
    return refund.id


def return_cancelled(session: Session, order: PaymentOrder, *, act: Act) -> None:
    """A payment of many was due in full: the shares in it of cases that are cancelled are asked back, and staff told.

    `act` is of the capture, just booked; the order is held.
    """
    found = refundable(session, order)
    if found is None or found[0].evidence_id != act.evidence_id:
        return  # it paid nothing, and goes back by itself
    asking = replace(act, actor=MACHINE_ACTOR, reason="the case was cancelled before this payment")
    for case in _cancelled_cases(session, order):
        request_share(session, order, case.id, act=asking)
        _ask_about_money(session, order, case, act=act)


def left_to_ask(session: Session, order: PaymentOrder, case_id: UUID) -> Money:
    """What is left of one case's share, and nobody has asked back."""
    found = refundable(session, order)
    return Money(_left_of_share(session, found[0], case_id, left=found[1]) if found else 0)


def _left_of_share(session: Session, capture: LedgerEntry, case_id: UUID, *, left: int) -> int:
    lines = all_of(session, OrderLine, order_id=capture.order_id, case_id=case_id)
    share = sum(line.amount_fils for line in lines)
    refunds = all_of(session, Refund, capture_entry_id=capture.id, case_id=case_id)
    asked = [each for each in refunds if each.state in COUNTED]
    return max(min(left, share - sum(each.amount_fils for each in asked)), 0)


def approve_refund(ports: Ports, refund_id: UUID, *, actor: str) -> None:
    """The second person's yes; it is sent by the worker at once. RuleError for the person who asked."""
    _decide(ports, refund_id, RefundEvent.APPROVE, actor=actor)


def refuse_refund(ports: Ports, refund_id: UUID, *, actor: str, reason: str) -> None:
    """The second person's no, or the first one's second thought; nothing was sent."""
    _decide(ports, refund_id, RefundEvent.REJECT, actor=actor, reason=reason)


def _decide(ports: Ports, refund_id: UUID, event: RefundEvent, *, actor: str, reason: str | None = None) -> None:
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, fetch(session, Refund, refund_id).order_id)
        refund = locked(session, Refund, refund_id)
        if event is RefundEvent.APPROVE and is_same_person(refund.requested_by, actor):
            raise RuleError("a refund is approved by another person than the one who asked for it")
        if refund.state is not RefundState.REQUESTED:
            raise RuleError(f"this refund is {refund.state}; only one that is requested can be decided")
        act = Act(actor=actor, at=now, reason=reason)
        session.add(refund.apply(event, act))
        if event is RefundEvent.APPROVE:
            refund.approved_by, refund.due_at = actor, now
        else:
            _ask_about_refused(session, order, refund, act=act)
        follow(session, order, act=act)


def _ask_about_refused(session: Session, order: PaymentOrder, refund: Refund, *, act: Act) -> None:
    """The case is over already, so nothing else brings its money before anybody again."""
    session.flush()
    for case in _cancelled_cases(session, order):
        if refund.case_id in {None, case.id} and left_to_ask(session, order, case.id).fils:
            _ask_about_money(session, order, case, act=act)


def _ask_about_money(session: Session, order: PaymentOrder, case: Case, *, act: Act) -> None:
    item = open_review(session, ReviewKind.CANCELLED_PAID, subject=str(case.id), act=act, note=case.reference)
    item.order_id = order.id


def _cancelled_cases(session: Session, order: PaymentOrder) -> list[Case]:
    cases = [fetch(session, Case, line.case_id) for line in all_of(session, OrderLine, order_id=order.id)]
    return [each for each in cases if each.status is CaseStatus.CANCELLED]


def _why_none(session: Session, order: PaymentOrder) -> str:
    suspense = {"kind": LedgerKind.CAPTURE, "credit": LedgerAccount.SUSPENSE}
    if not all_of(session, LedgerEntry, order_id=order.id, **suspense):
        return "no money came beside what paid this order"
    return "the money beside this order's came under no payment of ours: return it in the bank's portal, not here"


def _attempts_of(session: Session, capture: LedgerEntry) -> list[PaymentAttempt]:
    """The one that it was booked for; none when the bank's file alone knows it."""
    attempts = all_of(session, PaymentAttempt, order_id=capture.order_id, gateway=capture.gateway)
    return [each for each in attempts if capture in captures_of(session, each)]

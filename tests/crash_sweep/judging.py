"""Our books against the bank's own, order by order, once nothing moves any more."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from sqlmodel import Session, col, select

from infra.database import all_of, fetch
from models.money import Money
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from tests.crash_sweep.tales import PRICE, Tale

Line = dict[str, Any]


@dataclass
class Verdict:
    """`left_to_staff` counts refunds of which the bank says that they were not carried out: a question for people."""

    double_charges: int = 0
    lost_captures: int = 0
    double_refunds: int = 0
    left_to_staff: int = 0
    differences: list[str] = field(default_factory=list)

    def __add__(self, other: "Verdict") -> "Verdict":
        return Verdict(
            self.double_charges + other.double_charges,
            self.lost_captures + other.lost_captures,
            self.double_refunds + other.double_refunds,
            self.left_to_staff + other.left_to_staff,
            [*self.differences, *other.differences],
        )


@dataclass
class _Order:
    """One order as both sides have it."""

    status: OrderStatus
    attempts: list[PaymentAttempt]
    refunds: list[Refund]
    entries: list[LedgerEntry]
    questions: list[ReviewItem]
    bank: list[Line]

    @property
    def kept(self) -> list[Line]:
        """What the bank took and did not take back by itself."""
        return [line for line in self.bank if line["captured"] and not line["voided"]]

    def booked(self, kind: LedgerKind) -> list[LedgerEntry]:
        return [entry for entry in self.entries if entry.kind is kind]

    def refunds_of(self, line: Line) -> list[Refund]:
        ours = {each.id for each in self.attempts if each.trackid == line["trackid"]}
        return [each for each in self.refunds if each.attempt_id in ours and each.state is not RefundState.REJECTED]


def judge(tale: Tale, bank: Iterable[Line]) -> Verdict:
    order = _order(tale, bank)
    left_to_staff = sum(each.kind is ReviewKind.REFUND_REJECTED for each in order.questions)
    standing = [line for line in order.kept if Money.parse(line["captured"]) > Money.parse(line["refunded"])]
    surplus_known = sum(each.automatic and each.state is RefundState.REJECTED for each in order.refunds)
    booked = {entry.gateway_ref for entry in order.booked(LedgerKind.CAPTURE)}
    twice = sum(max(0, len(line["refunds"]) - len(order.refunds_of(line))) for line in order.kept)
    return Verdict(
        double_charges=max(0, len(standing) - 1 - surplus_known),
        lost_captures=sum(line["tranid"] not in booked for line in order.kept),
        double_refunds=twice,
        left_to_staff=left_to_staff,
        differences=[f"{tale.name}: {each}" for each in _differences(order)],
    )


def _order(tale: Tale, bank: Iterable[Line]) -> _Order:
    with Session(tale.ports.engine) as session:
        [line] = all_of(session, OrderLine, case_id=tale.case_id)
        order = fetch(session, PaymentOrder, line.order_id)
        attempts = all_of(session, PaymentAttempt, order_id=order.id)
        trackids = {each.trackid for each in attempts}
        open_now = (col(ReviewItem.order_id) == order.id, col(ReviewItem.resolved_at).is_(None))
        return _Order(
            status=order.status,
            attempts=attempts,
            refunds=all_of(session, Refund, order_id=order.id),
            entries=all_of(session, LedgerEntry, order_id=order.id),
            questions=list(session.exec(select(ReviewItem).where(*open_now))),
            bank=[each for each in bank if each["trackid"] in trackids],
        )


def _differences(order: _Order) -> list[str]:
    """What is not as it should be: empty, when every fil is where both books say it is."""
    theirs = Counter({line["tranid"]: Money.parse(line["captured"]).fils for line in order.kept})
    ours: Counter[str] = Counter()
    for entry in order.entries:
        if entry.kind is LedgerKind.CAPTURE:
            ours[entry.gateway_ref] += entry.amount_fils
        elif entry.kind is LedgerKind.VOID:
            ours[entry.gateway_ref] -= entry.amount_fils
    wrong = [] if +ours == +theirs else [f"captures are {dict(+ours)}, at the bank {dict(theirs)}"]
    returned = sum(entry.amount_fils for entry in order.booked(LedgerKind.REFUND))
    at_bank = sum(Money.parse(line["refunded"]).fils for line in order.bank)
    if returned != at_bank:
        wrong.append(f"{Money(returned)} is returned in our books, {Money(at_bank)} at the bank")
    if order.status is not OrderStatus.PAID or PRICE.fils not in theirs.values():
        wrong.append(f"the order is {order.status}, and {len(theirs)} payments stand at the bank")
    wrong += [f"an attempt is still {each.state}" for each in order.attempts if each.state in LIVE]
    loose = {RefundState.APPROVED, RefundState.SUBMITTING, RefundState.UNKNOWN, RefundState.REQUESTED}
    return wrong + [f"a refund is still {each.state}" for each in order.refunds if each.state in loose]

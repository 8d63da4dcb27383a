"""Both sides' books at one moment: every row of ours, and what the sandbox's bank says it did."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of
from infra.payments.following import _facts
from models.base import CURRENCY
from models.case import Case
from models.history import Transition
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.order_status import derive
from models.payments.refund import Refund
from models.payments.review import ReviewItem
from models.quote import FeeQuote
from models.receipt import Receipt
from tests.money.bed import Bed

_SIGN = {LedgerKind.CAPTURE: 1, LedgerKind.REFUND: -1, LedgerKind.VOID: -1}


@dataclass(frozen=True, kw_only=True)
class Books:
    orders: list[PaymentOrder]
    derived: dict[UUID, OrderStatus]  # what each order's status should be, from the facts
    lines: list[OrderLine]
    quotes: list[FeeQuote]
    attempts: list[PaymentAttempt]
    entries: list[LedgerEntry]
    refunds: list[Refund]
    reviews: list[ReviewItem]
    receipts: list[Receipt]
    evidence: list[GatewayEvidence]
    steps: list[Transition]
    cases: list[Case]
    bank: dict[str, list[dict[str, Any]]]  # by track id

    @classmethod
    def read(cls, bed: Bed) -> Self:
        with Session(bed.ports.engine) as session:
            orders = all_of(session, PaymentOrder)
            attempts = all_of(session, PaymentAttempt)
            ours = {each.trackid for each in attempts}
            bank: dict[str, list[dict[str, Any]]] = {trackid: [] for trackid in ours}
            for line in bed.ledger():
                if line["trackid"] in ours:
                    bank[line["trackid"]].append(line)
            return cls(
                orders=orders,
                derived={each.id: derive(_facts(session, each)) for each in orders},
                lines=all_of(session, OrderLine),
                quotes=all_of(session, FeeQuote),
                attempts=attempts,
                entries=all_of(session, LedgerEntry),
                refunds=all_of(session, Refund),
                reviews=all_of(session, ReviewItem),
                receipts=all_of(session, Receipt),
                evidence=all_of(session, GatewayEvidence),
                steps=all_of(session, Transition),
                cases=all_of(session, Case),
                bank=bank,
            )

    def attempts_of(self, order: PaymentOrder) -> list[PaymentAttempt]:
        return [each for each in self.attempts if each.order_id == order.id]

    def entries_of(self, order: PaymentOrder) -> list[LedgerEntry]:
        return [each for each in self.entries if each.order_id == order.id]

    def payments(self, attempts: Iterable[PaymentAttempt]) -> list[dict[str, Any]]:
        return [line for attempt in attempts for line in self.bank[attempt.trackid]]

    def attempt_of(self, entry: LedgerEntry) -> PaymentAttempt:
        """Whose capture it is."""
        mine = [each for each in self.attempts if each.order_id == entry.order_id]
        return next(each for each in mine if entry.gateway_ref in {each.tranid, each.trackid})

    def reached(self) -> Counter[str]:
        """What became of everything, and the states on the way."""
        found = Counter(f"{step.entity}: {step.after}" for step in self.steps)
        found.update(f"question: {each.kind.value}" for each in self.reviews)
        found.update(f"booked: {each.kind.value}, {each.debit.value} to {each.credit.value}" for each in self.entries)
        found["receipts"] = len(self.receipts)
        found["receipts revoked"] = sum(each.revoked_at is not None for each in self.receipts)
        return found

    def net_at_the_bank(self, order: PaymentOrder) -> int:
        """Fils that the payers of this order have given and not got back."""
        return sum(kept(line) for line in self.payments(self.attempts_of(order)))

    def net_in_the_ledger(self, order: PaymentOrder) -> int:
        entries = self.entries_of(order)
        return sum(_SIGN.get(each.kind, 0) * each.amount_fils for each in entries)


def is_what_was_asked_for(line: dict[str, Any], attempt: PaymentAttempt) -> bool:
    """The sum that was taken, to the fil, and in dinars: KNET knows no other currency."""
    return Money.parse(line["captured"]).fils == attempt.amount_fils and line.get("currency", CURRENCY) == CURRENCY


def kept(line: dict[str, Any]) -> int:
    """What of one payment is still with the merchant, by the bank's books."""
    if line["captured"] is None or line["voided"]:
        return 0
    return Money.parse(line["captured"]).fils - Money.parse(line["refunded"]).fils

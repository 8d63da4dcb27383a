"""Money in the bank's files that is of no payment of ours: what waits in suspense under a number."""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, or_, select

from infra.clock import written_day
from infra.database import all_of, fetch
from models.money import Money
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.posting import PostingKind
from models.payments.review import ReviewItem
from models.payments.settlement_file import SettlementFile, SettlementLine


@dataclass(frozen=True, slots=True)
class Unowned:
    """`left_fils` is what still waits of it: nothing when the bank took it back or corrected the line."""

    line: SettlementLine
    file: str
    left_fils: int
    questions: tuple[ReviewItem, ...]

    @property
    def is_reversal(self) -> bool:
        return self.line.kind is PostingKind.REVERSAL


def unowned_called(session: Session, name: str) -> list[Unowned]:
    """By any number that the bank's file has of it, oldest first."""
    row = SettlementLine
    named = [func.upper(col(each)) == name for each in (row.trackid, row.paymentid, row.tranid, row.ref)]
    query = (
        select(SettlementLine)
        .where(col(row.attempt_id).is_(None), col(row.kind) != PostingKind.REFUND, or_(*named))
        .order_by(col(row.created_at))
    )
    return [_unowned(session, each) for each in session.exec(query)]


def unowned_report(each: Unowned) -> dict[str, Any]:
    """As JSON knows it."""
    line = each.line
    return {
        "in_suspense": str(Money(each.left_fils)),
        "said": f"{each.file}, line {line.number}: {line.kind} of KD {Money(line.amount_fils)}, {line.line_class}",
        "posted_on": written_day(line.posted_on),
        "numbers": {name: getattr(line, name) for name in ("trackid", "paymentid", "tranid", "ref")},
        "questions": [_question(item) for item in each.questions],
    }


def _unowned(session: Session, line: SettlementLine) -> Unowned:
    return Unowned(
        line,
        fetch(session, SettlementFile, line.file_id).name,
        _left(session, line),
        tuple(all_of(session, ReviewItem, evidence_id=line.evidence_id)),
    )


def _left(session: Session, line: SettlementLine) -> int:
    """What leaves suspense is booked under the capture's number."""
    left = 0
    suspense = {"kind": LedgerKind.CAPTURE, "credit": LedgerAccount.SUSPENSE}
    for capture in all_of(session, LedgerEntry, evidence_id=line.evidence_id, **suspense):
        known = {"gateway": capture.gateway, "gateway_ref": capture.gateway_ref}
        gone = all_of(session, LedgerEntry, debit=LedgerAccount.SUSPENSE, **known)
        left += capture.amount_fils - sum(each.amount_fils for each in gone)
    return left


def _question(item: ReviewItem) -> dict[str, Any]:
    closed = f"closed by {item.resolved_by}: {item.resolution}" if item.resolved_at else "open"
    return {"item": str(item.id), "kind": item.kind.value, "state": closed}

"""What an import found, for the terminal and for the run's page."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlmodel import Session, col, or_, select

from infra.database import all_of, fetch, unit_of_work
from infra.payments.reconciling.reading import Statement
from infra.payments.reconciling.totals import Totals
from infra.wiring import Ports
from models.money import Money
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`already` is whether the file had been imported before: then this is what was found at that time.

    `differences` is by how much the bank's totals are more than its lines make. `reviews` are the questions for staff
    that came of the file, open or answered, and then the payments and refunds that it should have shown.
    """

    name: str
    gateway: str
    first_day: date
    last_day: date
    already: bool
    counts: dict[LineClass, int]
    sums: dict[LineClass, Money]
    totals: Totals
    differences: dict[str, Money]
    reviews: tuple[ReviewItem, ...]

    @property
    def lines(self) -> int:
        return sum(self.counts.values())

    @property
    def totals_agree(self) -> bool:
        return not self.differences


def report_of(
    ports: Ports, file_id: UUID, statement: Statement, *, already: bool = False, absent: Sequence[UUID] = ()
) -> Report:
    """From what is stored; `absent` are the questions about what the file does not show."""
    with unit_of_work(ports.engine) as session:
        file = fetch(session, SettlementFile, file_id)
        lines = all_of(session, SettlementLine, file_id=file_id)
        reviews = _reviews(session, file_id, absent)
    counts = Counter(line.line_class for line in lines)
    present = [each for each in LineClass if counts[each]]
    return Report(
        name=file.name,
        gateway=file.gateway,
        first_day=file.first_day,
        last_day=file.last_day,
        already=already,
        counts={each: counts[each] for each in present},
        sums={each: Money(sum(line.amount_fils for line in lines if line.line_class is each)) for each in present},
        totals=statement.stated or statement.reckoned,
        differences=statement.stated.differences(statement.reckoned) if statement.stated else {},
        reviews=reviews,
    )


def _reviews(session: Session, file_id: UUID, absent: Sequence[UUID]) -> tuple[ReviewItem, ...]:
    proofs = select(SettlementLine.evidence_id).where(col(SettlementLine.file_id) == file_id)
    totals = (col(ReviewItem.kind) == ReviewKind.TOTALS_DIFFER) & (col(ReviewItem.subject) == str(file_id))
    query = (
        select(ReviewItem)
        .where(or_(col(ReviewItem.evidence_id).in_(proofs), totals, col(ReviewItem.id).in_(absent)))
        .order_by(col(ReviewItem.created_at))
    )
    return tuple(session.exec(query))

"""What an import found, for the terminal and for the run's page."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from uuid import UUID

from sqlmodel import Session, col, or_, select

from infra.database import all_of, fetch, unit_of_work
from infra.payments.reconciling.reading import Statement
from infra.payments.reconciling.totals import Totals
from infra.payments.work_list import names_of, words_of
from infra.wiring import Ports
from models.money import Money
from models.payments.posting import PostingKind
from models.payments.review import ReviewItem, ReviewKind, ReviewWords
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines that were found to be the same and move money the same way: never a sum of what came and what went."""

    line_class: LineClass
    kind: PostingKind
    lines: int
    amount: Money


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What staff are asked: the names of what it is about, and what to do."""

    item: ReviewItem
    about: tuple[str, ...]
    words: ReviewWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """`already` is whether the file had been imported before: then this is what was found at that time.

    `differences` is by how much the bank's totals are more than its lines make. `questions` are those for staff
    that came of the file, open or answered, and then the payments and refunds that it should have shown.
    """

    name: str
    gateway: str
    first_day: date
    last_day: date
    already: bool
    parts: tuple[Part, ...]
    totals: Totals
    differences: dict[str, Money]
    questions: tuple[Question, ...]

    @property
    def reviews(self) -> tuple[ReviewItem, ...]:
        return tuple(each.item for each in self.questions)

    @property
    def lines(self) -> int:
        return sum(each.lines for each in self.parts)

    @property
    def counts(self) -> dict[LineClass, int]:
        found: Counter[LineClass] = Counter()
        for each in self.parts:
            found[each.line_class] += each.lines
        return dict(found)

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
        questions = tuple(_question(session, each) for each in _reviews(session, file_id, absent))
    return Report(
        name=file.name,
        gateway=file.gateway,
        first_day=file.first_day,
        last_day=file.last_day,
        already=already,
        parts=tuple(_parts(lines)),
        totals=statement.stated or statement.reckoned,
        differences=statement.differences,
        questions=questions,
    )


def _question(session: Session, item: ReviewItem) -> Question:
    return Question(item=item, about=tuple(names_of(session, item)), words=words_of(session, item))


def _parts(lines: Sequence[SettlementLine]) -> Iterator[Part]:
    for line_class, kind in product(LineClass, PostingKind):
        those = [each.amount_fils for each in lines if each.line_class is line_class and each.kind is kind]
        if those:
            yield Part(line_class=line_class, kind=kind, lines=len(those), amount=Money(sum(those)))


def _reviews(session: Session, file_id: UUID, absent: Sequence[UUID]) -> tuple[ReviewItem, ...]:
    proofs = select(SettlementLine.evidence_id).where(col(SettlementLine.file_id) == file_id)
    totals = (col(ReviewItem.kind) == ReviewKind.TOTALS_DIFFER) & (col(ReviewItem.subject) == str(file_id))
    query = (
        select(ReviewItem)
        .where(or_(col(ReviewItem.evidence_id).in_(proofs), totals, col(ReviewItem.id).in_(absent)))
        .order_by(col(ReviewItem.created_at))
    )
    return tuple(session.exec(query))

"""The end of an import: the file's fees are booked and its totals compared, once."""

from uuid import UUID

from infra.database import all_of, locked, unit_of_work
from infra.payments.reconciling.books import book_fees
from infra.payments.reconciling.reading import Statement
from infra.payments.reviews import open_review
from infra.wiring import Ports
from models.history import Act
from models.payments.review import ReviewKind
from models.payments.settlement_file import SettlementFile, SettlementLine


def close_file(ports: Ports, file_id: UUID, statement: Statement, *, actor: str) -> None:
    """Safe to repeat: only the first one closes it."""
    with unit_of_work(ports.engine) as session:
        file = locked(session, SettlementFile, file_id)
        if file.finished_at is not None:
            return
        act = Act(actor=actor, at=ports.now())
        lines = all_of(session, SettlementLine, file_id=file_id)
        book_fees(session, file, lines, fees_deducted=statement.fees_deducted, act=act)
        note = difference_in_words(statement)
        if note:
            open_review(session, ReviewKind.TOTALS_DIFFER, subject=str(file.id), act=act, note=f"{file.name}: {note}")
        file.finished_at = act.at


def difference_in_words(statement: Statement) -> str:
    """Empty when the bank's totals are those of its lines, of the whole file and of each terminal."""
    return "; ".join(
        f"{whose}{name}: the file says {getattr(said, name)}, its lines make {getattr(made, name)},"
        f" difference {difference}"
        for whose, (said, made) in statement.comparisons.items()
        for name, difference in said.differences(made).items()
    )

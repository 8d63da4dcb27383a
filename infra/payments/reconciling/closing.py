"""The end of an import: the file's fees are booked and its totals compared, once."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of, locked, unit_of_work
from infra.payments.reconciling.books import book_fees
from infra.payments.reconciling.reading import Statement
from infra.payments.reviews import close_healed, open_review
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
        elif statement.stated is not None:
            _answer_earlier_files(session, file, lines, act=act)
        file.finished_at = act.at


def _answer_earlier_files(session: Session, file: SettlementFile, lines: Sequence[SettlementLine], *, act: Act) -> None:
    """A file that adds up, and shows all that one of the same days showed that did not, is the correct one."""
    shown = {_numbers(each) for each in lines}
    known = {"gateway": file.gateway, "profile": file.profile, "first_day": file.first_day, "last_day": file.last_day}
    for other in all_of(session, SettlementFile, **known):
        if {_numbers(each) for each in all_of(session, SettlementLine, file_id=other.id)} <= shown:
            close_healed(session, ReviewKind.TOTALS_DIFFER, subject=str(other.id), act=act)


def _numbers(line: SettlementLine) -> tuple[str, ...]:
    return line.kind.value, line.trackid, line.paymentid, line.tranid, line.ref


def difference_in_words(statement: Statement) -> str:
    """Empty when the bank's totals are those of its lines, of the whole file and of each terminal."""
    return "; ".join(
        f"{whose}{name}: the file says {getattr(said, name)}, its lines make {getattr(made, name)},"
        f" difference {difference}"
        for whose, (said, made) in statement.comparisons.items()
        for name, difference in said.differences(made).items()
    )

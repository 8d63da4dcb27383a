"""Lines that one file tells twice: they are booked once, and its totals are compared with what was booked."""

from dataclasses import replace
from uuid import UUID

from infra.database import all_of, unit_of_work
from infra.payments.reconciling.reading import Statement
from infra.wiring import Ports
from models.payments.settlement_file import LineClass, SettlementLine


def without_repeats(ports: Ports, file_id: UUID, statement: Statement) -> Statement:
    """What the file says, once its lines were taken in, without those that stand in it before."""
    with unit_of_work(ports.engine) as session:
        lines = sorted(all_of(session, SettlementLine, file_id=file_id), key=lambda each: each.number)
    told, repeats = set(), set()
    for each in lines:
        numbers = (each.kind, each.trackid, each.paymentid, each.tranid, each.ref, each.amount_fils)
        if each.line_class is LineClass.DUPLICATE and numbers in told:
            repeats.add(each.number)
        told.add(numbers)
    once = {number: posting for number, posting in statement.postings.items() if number not in repeats}
    return replace(statement, postings=once)

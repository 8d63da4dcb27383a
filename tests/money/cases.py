"""A case that waits for its payment, and the steps that follow the payment."""

from itertools import count
from uuid import UUID

from benchmarks.quoted_cases import write_quoted_case
from infra.database import fetch, unit_of_work
from infra.payments.orders import open_order
from infra.wiring import Ports, installed
from models.case import Case, CaseEvent, CaseStatus
from models.history import Act
from tasks.extension import _extend_residency
from tasks.receipt import _render_receipt

_NUMBERS = count(1)
_STEPS = {CaseStatus.PAID: _extend_residency, CaseStatus.EXTENDED: _render_receipt}


def open_case(ports: Ports, fils: int) -> UUID:
    """The id of a case whose order over `fils` is open."""
    now, number = ports.now(), next(_NUMBERS)
    name = f"{number // 10**4:04d}-{number % 10**4:04d}"
    with unit_of_work(ports.engine) as session:
        case = fetch(session, Case, write_quoted_case(session, name, total_fils=fils, now=now))
        session.add(case.apply(CaseEvent.ASK_PAYMENT, Act(actor="worker", at=now)))
        assert open_order(session, case, now=now, terms=ports.terms) is not None
        return case.id


def go_on(ports: Ports, case_id: UUID) -> CaseStatus:
    """What the case's run does next, if anything: extend, then the receipt."""
    with unit_of_work(ports.engine) as session:
        status = fetch(session, Case, case_id).status
    if status in _STEPS:
        with installed(ports):
            return _STEPS[status](case_id)
    return status

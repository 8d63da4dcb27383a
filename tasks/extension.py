"""extend_residency: tell the registry that the fee is paid and the residency runs on."""

from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of, unit_of_work
from infra.errors import PermanentError
from infra.payments.reviews import ask_about_extension
from infra.payments.shares import MONEY_CAME, Share, is_paid, share_of
from infra.registries import Extension
from infra.wiring import ports
from models.case import Case, CaseEvent, CaseStatus
from models.payments.order import PaymentOrder
from models.person import CasePerson
from tasks.paid_case import held_with_order
from tasks.step import act, stands_at, step

_HERE: Final = CaseStatus.PAID
_MONEY_LEFT: Final = frozenset({CaseStatus.PAYMENT_REVIEW, CaseStatus.CANCELLED})


def _extend_residency(case_id: UUID) -> CaseStatus:
    """Extend every person's residency, as long as the money for it stands and nobody asks for it back.

    Safe to repeat, because the registry knows the request by the case's id.
    """
    with unit_of_work(ports().engine) as session:
        order, case = held_with_order(session, case_id)
        if order is None or not stands_at(case, _HERE):
            return case.status
        if not is_paid(session, order, case_id):
            return _stop(session, order, case)
        extensions = [
            Extension(
                civil_number=person.civil_number, start=person.period_start, end=person.period_end, years=person.years
            )
            for person in sorted(all_of(session, CasePerson, case_id=case_id), key=lambda person: person.position)
            if person.period_start is not None and person.period_end is not None
        ]
    try:
        confirmation = ports().registries.extend(case_id, extensions)
    except PermanentError as error:
        return _record(case_id, CaseEvent.REFUSE_RENEWAL, reason=str(error))
    return _record(case_id, CaseEvent.EXTEND, reason=f"confirmed by the registry as {confirmation}")


extend_residency = step(_extend_residency)


def _record(case_id: UUID, event: CaseEvent, *, reason: str) -> CaseStatus:
    with unit_of_work(ports().engine) as session:
        order, case = held_with_order(session, case_id)
        if stands_at(case, _HERE):
            session.add(case.apply(event, act(reason=reason)))
        elif (
            order is not None and event is CaseEvent.EXTEND and case.status in _MONEY_LEFT
        ):  # while the registry worked
            ask_about_extension(session, order, case, act=act(reason=reason))
        return case.status


def _stop(session: Session, order: PaymentOrder, case: Case) -> CaseStatus:
    """Nothing is extended: the case is over when its share went back, and stands under review while that is open."""
    is_gone = order.status in MONEY_CAME and share_of(session, order, case.id) is Share.GONE
    event = CaseEvent.CANCEL if is_gone else CaseEvent.REVIEW_PAYMENT
    session.add(case.apply(event, act(reason="its money went back, or is asked back")))
    return case.status

"""The pay page: what is to be paid, the way to KNET, and the page that the payer comes back to."""

from dataclasses import dataclass
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Form
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from infra.clock import written_minute
from infra.database import all_of, fetch, unit_of_work
from infra.errors import DatabaseError, PermanentError, TransientError, UnknownOutcomeError
from infra.payments.booking import refunded_fils
from infra.payments.declines import lacks_funds
from infra.payments.hearing import ask_about_order, payer_returned
from infra.payments.pauses import PaymentsPausedError
from infra.payments.starting import NotPayableError, PaymentInProgressError, live_attempt, start_payment
from infra.wiring import Ports
from models.case import Case
from models.errors import MissingError
from models.payments.attempt import AT_THE_PAGE, LIVE, AttemptState
from models.payments.checks import closes_at
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.person import CasePerson
from models.quote import FeeLine
from models.receipt import Receipt
from models.states import Party
from web.deps import PortsDep
from web.pages import page

router = APIRouter(prefix="/pay")


@dataclass(frozen=True, slots=True)
class FeeView:
    """One line of a case's quote. `person` counts the persons of a family; no name, as the address may be passed on."""

    person: int | None
    label_en: str
    label_ar: str
    amount_fils: int


@dataclass(frozen=True, slots=True)
class CaseView:
    """`receipt` is the number and the id of the one that holds, `is_awaited` is true while it is being made.

    The way to it is on the return page only, which is the payer's.
    """

    reference: str
    amount_fils: int
    fees: list[FeeView]
    receipt: tuple[str, UUID] | None
    is_awaited: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    id: UUID
    status: OrderStatus
    pay_by: str
    page_until: str | None  # while KNET's page of an attempt may be open
    is_verified: bool  # an attempt is over at the bank, and what came of it is not known yet
    language: str
    amount_fils: int
    returned_fils: int  # of what was paid
    cases: list[CaseView]


_PAYABLE: Final = frozenset({OrderStatus.OPEN, OrderStatus.IN_PROGRESS})


@router.get("/{order_id}")
def show(order_id: UUID, ports: PortsDep) -> Response:
    try:
        ask_about_order(ports, order_id, now=ports.now())
        order = _order_view(ports, order_id)
    except MissingError:
        return page("pay/unknown.html", status=404)
    notice = "verifying" if order.is_verified else None
    payable = order.status in _PAYABLE and notice is None
    return page("pay/order.html", order=order, payable=payable, notice=notice, key=uuid4())


@router.post("/{order_id}")
def start(order_id: UUID, ports: PortsDep, key: Annotated[UUID | None, Form()] = None) -> Response:
    """Send the payer to the gateway; pressed twice, it leads to the same attempt, sent again later to none."""
    try:
        return RedirectResponse(start_payment(ports, order_id, now=ports.now(), key=key), status_code=303)
    except MissingError:
        return page("pay/unknown.html", status=404)
    except PaymentInProgressError:
        notice = "verifying"
    except PaymentsPausedError:
        notice = "paused"
    except DatabaseError:
        raise  # answered as such; the rest is the gateway's trouble
    except (TransientError, UnknownOutcomeError, PermanentError):
        notice = "unreachable"
    except NotPayableError:
        notice = None
    order, again = _order_view(ports, order_id), notice == "unreachable"
    return page("pay/order.html", status=409, order=order, payable=again, notice=notice, key=key or uuid4())


@router.get("/return/{return_token}")
def come_back(return_token: UUID, ports: PortsDep) -> Response:
    """Where the payer lands after KNET; the page renews itself until an inquiry has decided."""
    try:
        attempt = payer_returned(ports, return_token, now=ports.now())
    except MissingError:
        return page("pay/unknown.html", status=404)
    with unit_of_work(ports.engine) as session:
        outcome = "no_funds" if lacks_funds(session, attempt) else _outcome(attempt.state)
    return page("pay/return.html", order=_order_view(ports, attempt.order_id), outcome=outcome)


def _outcome(state: AttemptState) -> str:
    if state in AT_THE_PAGE:
        return "unfinished"
    if state in LIVE:
        return "verifying"
    return state.value if state in {AttemptState.CAPTURED, AttemptState.MISMATCH} else "not_paid"


def _order_view(ports: Ports, order_id: UUID) -> OrderView:
    with unit_of_work(ports.engine) as session:
        order = fetch(session, PaymentOrder, order_id)
        paid_for = [
            (fetch(session, Case, line.case_id), line) for line in all_of(session, OrderLine, order_id=order.id)
        ]
        paid_for.sort(key=lambda pair: pair[0].batch_row or 0)
        attempt = live_attempt(session, order)
        return OrderView(
            id=order.id,
            status=order.status,
            pay_by=written_minute(order.expires_at),
            page_until=written_minute(closes_at(attempt, terms=ports.terms_of(attempt.gateway))) if attempt else None,
            is_verified=attempt is not None and attempt.state not in AT_THE_PAGE,
            language=paid_for[0][0].language.value,
            amount_fils=order.amount_fils,
            returned_fils=refunded_fils(session, order.id),
            cases=[_case_view(session, case, line) for case, line in paid_for],
        )


def _case_view(session: Session, case: Case, line: OrderLine) -> CaseView:
    fees = sorted(all_of(session, FeeLine, quote_id=line.quote_id), key=lambda fee: fee.position)
    persons = {person.id: person.position for person in all_of(session, CasePerson, case_id=case.id)}
    several = len(persons) > 1
    views = [
        FeeView(
            persons.get(fee.person_id) if several and fee.person_id else None,
            fee.label_en,
            fee.label_ar,
            fee.amount_fils,
        )
        for fee in fees
    ]
    holding = all_of(session, Receipt, case_id=case.id, revoked_at=None)
    receipts = [(each.number, each.id) for each in holding if each.sha256 is not None]
    issued = receipts[-1] if receipts else None
    return CaseView(case.reference, line.amount_fils, views, issued, issued is None and case.waits_on is Party.US)

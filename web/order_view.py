"""What the payer's pages show of an order; no name in it, as the address may be passed on."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.clock import written_minute
from infra.database import all_of, fetch, unit_of_work
from infra.payments.booking import refunded_fils
from infra.payments.payable import paying_now
from infra.payments.starting import live_attempt
from infra.wiring import Ports
from models.batch import Batch
from models.case import Case
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.checks import closes_at
from models.payments.claim import ClaimWords
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.payments.paying import Paying, paying_words
from models.person import CasePerson
from models.quote import FeeLine
from models.receipt import Receipt
from models.states import Party

_LATELY: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class FeeView:
    """One line of a case's quote. `person` counts the persons of a family."""

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
class BatchView:
    reference: str
    rows: int  # also those that are not in the payment


@dataclass(frozen=True, slots=True)
class PageView:
    """The gateway's page of an attempt that may be open: until when, and whether the payer may be led there again.

    Not before the bank was asked since the payer is back: who has paid must not meet a way to pay.
    """

    until: str
    may_go_on: bool


@dataclass(frozen=True, slots=True)
class OrderView:
    id: UUID
    batch: BatchView | None
    status: OrderStatus
    paying: Paying
    pay_by: str
    page: PageView | None
    language: str
    amount_fils: int
    returned_fils: int  # of what was paid
    cases: list[CaseView]

    @property
    def said(self) -> ClaimWords:
        return paying_words()[self.paying]


def order_view(ports: Ports, order_id: UUID) -> OrderView:
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        order = fetch(session, PaymentOrder, order_id)
        paid_for = [
            (fetch(session, Case, line.case_id), line) for line in all_of(session, OrderLine, order_id=order.id)
        ]
        paid_for.sort(key=lambda pair: pair[0].batch_row or 0)
        attempt = live_attempt(session, order)
        return OrderView(
            id=order.id,
            batch=_batch_view(session, order.batch_id) if order.batch_id else None,
            status=order.status,
            paying=paying_now(session, order, gateway=ports.gateway.name, now=now),
            pay_by=written_minute(order.expires_at),
            page=_page_view(ports, attempt, now=now) if attempt else None,
            language=paid_for[0][0].language.value,
            amount_fils=order.amount_fils,
            returned_fils=refunded_fils(session, order.id),
            cases=[_case_view(session, case, line) for case, line in paid_for],
        )


def _batch_view(session: Session, batch_id: UUID) -> BatchView:
    return BatchView(fetch(session, Batch, batch_id).reference, len(all_of(session, Case, batch_id=batch_id)))


def _page_view(ports: Ports, attempt: PaymentAttempt, *, now: datetime) -> PageView:
    asked = attempt.asked_at is not None and attempt.asked_at >= now - _LATELY
    until = written_minute(closes_at(attempt, terms=ports.terms_of(attempt.gateway)))
    return PageView(until, may_go_on=asked or attempt.state is AttemptState.CREATED)


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

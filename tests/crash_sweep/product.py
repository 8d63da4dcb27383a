"""The product as the sweep sees it: what payers, staff and the worker set going, each by one call."""

from datetime import date
from typing import Final
from uuid import UUID

from sqlmodel import Session
from starlette.types import ASGIApp

from infra.database import all_of, fetch, unit_of_work
from infra.payments.due import settle_due
from infra.payments.reconciling.importing import import_listing, import_settlement
from infra.payments.refund_requests import approve_refund, refundable, request_refund
from infra.payments.resolving import approve_resolution, request_resolution
from infra.payments.starting import start_payment
from infra.wiring import Ports, installed
from models.money import Money
from models.payments.order import PaymentOrder
from models.payments.refund import Refund, RefundState
from models.payments.resolution import Verdict
from tasks.payment import _take_payment
from tests.crash_sweep.ground import Ground
from web.app import create_app

_FIRST, _SECOND = "staff-1", "staff-2"
_EMPTY_FILE: Final = 2  # a line of headings, and one of totals


class Product:
    """As it is delivered."""

    name = "product"

    def web(self, ports: Ports) -> ASGIApp:
        return create_app(ports)

    def open_order(self, ports: Ports, case_id: UUID) -> None:
        with installed(ports):
            _take_payment(case_id)

    def start(self, ports: Ports, order_id: UUID) -> str:
        return start_payment(ports, order_id, now=ports.now())

    def round(self, ports: Ports) -> bool:
        """One round of the worker; whether there was anything to do."""
        done = settle_due(ports)
        return bool(done.asked or done.refunds or done.lapsed)

    def ask_refund(self, ports: Ports, order_id: UUID, amount: Money) -> None:
        """Staff look first, so that what they asked for already is not asked for twice."""
        with unit_of_work(ports.engine) as session:
            if all_of(session, Refund, order_id=order_id):
                return
            found = refundable(session, fetch(session, PaymentOrder, order_id))
        assert found is not None
        left = Money(found[1])
        request_refund(ports, order_id, amount=amount, believed_left=left, reason="overpaid", actor=_FIRST)

    def approve_refund(self, ports: Ports, order_id: UUID) -> None:
        with unit_of_work(ports.engine) as session:
            waiting = all_of(session, Refund, order_id=order_id, state=RefundState.REQUESTED)
        for each in waiting:
            approve_refund(ports, each.id, actor=_SECOND)

    def reconcile(self, ground: Ground) -> None:
        """Take in what the bank shows; of a refund that it does not, two persons say that it was not carried out."""
        for day in ground.new_days():
            _take_in(ground, day)
        with Session(ground.ports.engine) as session:
            unknown = all_of(session, Refund, state=RefundState.UNKNOWN)
        for refund in unknown:
            asked = request_resolution(
                ground.ports,
                str(refund.id),
                verdict=Verdict.REFUND_NOT_EXECUTED,
                reason="the bank did not carry it out",
                evidence="the bank does not show it",
                actor=_FIRST,
            )
            approve_resolution(ground.ports, asked, actor=_SECOND)


def _take_in(ground: Ground, day: date) -> None:
    """Of a gateway that can list a day, its list; else the bank's file of it."""
    if ground.ports.gateway.capabilities.lists_transactions:
        import_listing(ground.ports, gateway=ground.gateway, day=day, actor=_FIRST)
        return
    text = ground.bank_file(day)
    if len(text.splitlines()) > _EMPTY_FILE:
        import_settlement(
            ground.ports,
            gateway=ground.gateway,
            profile="sandbox_knet",
            name=f"{day}.csv",
            data=text.encode(),
            actor=_FIRST,
        )

"""The acts of a payment, each with what comes before it, what is done again after a crash, and how it goes on."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final
from uuid import UUID

import httpx
from sqlmodel import Session

from benchmarks.quoted_cases import write_quoted_case
from infra.database import all_of, unit_of_work
from infra.sandbox.forms import find_form
from infra.wiring import Ports
from models.errors import RuleError
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.order import OrderLine, PaymentOrder
from tests.crash_sweep.ground import Ground
from tests.crash_sweep.product import Product

PRICE: Final = Money(120_500)
SHARE: Final = Money(20_250)
"""What staff give back: small enough to be given back twice, if somebody did."""

_LATE: Final = timedelta(seconds=70)


@dataclass
class Tale:
    """One payer and one order."""

    ground: Ground
    product: Product
    name: str
    case_id: UUID = field(init=False)
    page: tuple[str, dict[str, str]] | None = None  # the bank's form that lies before the payer
    way_back: str = ""  # the address that the bank sent the payer to

    def __post_init__(self) -> None:
        with unit_of_work(self.ports.engine) as session:
            self.case_id = write_quoted_case(session, self.name, total_fils=PRICE.fils, now=self.ports.now())

    @property
    def ports(self) -> Ports:
        return self.ground.ports

    @property
    def order_id(self) -> UUID:
        with Session(self.ports.engine) as session:
            [line] = all_of(session, OrderLine, case_id=self.case_id)
            return line.order_id

    @property
    def order(self) -> PaymentOrder:
        with Session(self.ports.engine) as session:
            return session.get_one(PaymentOrder, self.order_id)

    @property
    def only_attempt(self) -> PaymentAttempt:
        with Session(self.ports.engine) as session:
            [attempt] = all_of(session, PaymentAttempt, order_id=self.order_id)
            return attempt

    def open(self) -> None:
        self.product.open_order(self.ports, self.case_id)

    def go_to_bank(self, ports: Ports | None = None) -> None:
        """Press the button, and look at the bank's page; of a payment that it had before, the bank shows none."""
        self.ground.note_day()
        url = self.product.start(ports or self.ports, self.order_id)
        shown = self.ground.browser.get(url)
        self.way_back = shown.headers.get("Location", "")
        form = find_form(shown.text, "knet")
        if form is not None:
            self.page = (str(shown.url.join(form.action)), form.values | {"action": "submit", "pin": "1234"})

    def type_card(self, **typed: str) -> None:
        """The bank takes the money, tells us, and sends the payer back, or shows that it could not tell us."""
        assert self.page is not None
        (url, values), self.page = self.page, None
        self.ground.note_day()
        answer = self.ground.browser.post(url, data=values | typed)
        self.way_back = answer.headers.get("Location", "")

    def come_back(self, web_url: str) -> None:
        """Follow the bank's way back to our web, which answers at `web_url`."""
        if not self.way_back:
            return  # the bank's page says that it could not reach us
        path = httpx.URL(self.way_back).raw_path.decode()
        with suppress(httpx.TransportError):  # whoever should answer has died
            self.ground.browser.get(f"{web_url}{path}")

    def pay(self) -> None:
        self.go_to_bank()
        if self.page is not None:
            self.type_card()
        self.come_back(self.ground.web_url)

    def insist(self) -> None:
        """The payer saw no receipt and presses the button again; we may refuse."""
        with suppress(RuleError):
            self.pay()

    def work_off(self) -> None:
        while self.product.round(self.ports):
            self.ground.note_day()

    def pay_and_settle(self) -> None:
        self.pay()
        self.ground.now.advance(_LATE)
        self.work_off()


Step = Callable[[Tale], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`dies` runs in the process that is killed; of a `served` act that process is our web, and `dies` is what the
    payer's browser does meanwhile.
    """

    name: str
    before: tuple[Step, ...]
    dies: Callable[[Tale, Ports], object]
    again: Step
    after: tuple[Step, ...] = ()
    served: bool = False
    naive: bool = True  # whether the negative control has such an act at all


def _declined_then_late(tale: Tale) -> None:
    """A first payment is declined, a second one pays; then the bank finds that the first had gone through after all."""
    tale.go_to_bank()
    first = tale.only_attempt
    tale.ground.captured_late(first.trackid, seconds=3600)
    tale.type_card(expiry="05/2021")
    tale.ground.now.advance(_LATE)
    tale.work_off()
    tale.pay_and_settle()
    tale.ground.now.advance(timedelta(hours=2))
    tale.ground.deliver(first.trackid)
    tale.ground.now.advance(_LATE)
    tale.work_off()
    tale.ground.now.advance(_LATE)


def _return_at_doomed_address(tale: Tale) -> None:
    tale.go_to_bank()
    tale.type_card()


def _ask_refund(tale: Tale) -> None:
    tale.product.ask_refund(tale.ports, tale.order_id, SHARE)


def _approve_refund(tale: Tale) -> None:
    tale.product.approve_refund(tale.ports, tale.order_id)


def _doomed_page(tale: Tale) -> None:
    tale.go_to_bank(tale.ground.at_the_doomed_address(tale.ports))
    tale.ground.told_once(tale.only_attempt.trackid)


_PAID: Final[tuple[Step, ...]] = (Tale.open, Tale.pay_and_settle)

ACTS: Final = (
    Act(
        name="open_order",
        before=(),
        dies=lambda tale, ports: tale.product.open_order(ports, tale.case_id),
        again=Tale.open,
        after=(Tale.pay,),
    ),
    Act(
        name="start_payment",
        before=(Tale.open,),
        dies=lambda tale, ports: tale.product.start(ports, tale.order_id),
        again=Tale.pay,
    ),
    Act(
        name="hear",
        before=(Tale.open, _doomed_page),
        dies=lambda tale, _: tale.type_card(),
        again=Tale.insist,
        served=True,
    ),
    Act(
        name="payer_returned",
        before=(Tale.open, _return_at_doomed_address),
        dies=lambda tale, _: tale.come_back(tale.ground.doomed_url),
        again=lambda tale: tale.come_back(tale.ground.web_url),
        served=True,
    ),
    Act(
        name="settle",
        before=(Tale.open, Tale.pay),
        dies=lambda tale, ports: tale.product.round(ports),
        again=Tale.work_off,
    ),
    Act(
        name="send_refund (surplus)",
        before=(Tale.open, _declined_then_late),
        dies=lambda tale, ports: tale.product.round(ports),
        again=Tale.work_off,
        naive=False,
    ),
    Act(
        name="request_refund",
        before=_PAID,
        dies=lambda tale, ports: tale.product.ask_refund(ports, tale.order_id, SHARE),
        again=_ask_refund,
        after=(_approve_refund,),
    ),
    Act(
        name="approve_refund",
        before=(*_PAID, _ask_refund),
        dies=lambda tale, ports: tale.product.approve_refund(ports, tale.order_id),
        again=_approve_refund,
    ),
    Act(
        name="send_refund (staff)",
        before=(*_PAID, _ask_refund, _approve_refund),
        dies=lambda tale, ports: tale.product.round(ports),
        again=Tale.work_off,
    ),
)

"""The product's money over real parts: its database, adapters and web over HTTP, with the sandbox as the bank."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal
from uuid import UUID, uuid4

import httpx
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import Session, col, func, select

from infra.gateway import PaymentGateway
from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.payments.due import settle_due
from infra.sandbox.forms import find_form
from infra.sandbox.payer import Behaviour, pay
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import KnetDelivery, Settings
from infra.wiring import Ports, installed
from models.case import CaseStatus
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderStatus, PaymentOrder
from models.payments.refund import Refund
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tests.fakes import BreakableStore, FakeGateway, FakeRegistries, InlinePool
from tests.message_box import FakeMessages
from tests.money_bank import BankPage, Sandbox, SharedClock, bank_fils, free_port, open_bank_page
from tests.sandbox_world import KEY, PASSWORD, TOKEN, knet_settings, served
from tests.tap_world import SECRET_KEY, tap_settings
from tests.world import World, base_settings
from web.app import create_app

GatewayName = Literal["knet", "tap"]
_SIGN: Final = {LedgerKind.CAPTURE: 1, LedgerKind.REFUND: -1, LedgerKind.VOID: -1}


@dataclass
class MoneyWorld:
    """`cases` carries cases by their plain steps; payers, the bank and the worker do the rest over HTTP."""

    cases: World
    clock: SharedClock
    sandbox: Sandbox
    url: str = field(default="")

    @property
    def ports(self) -> Ports:
        return self.cases.ports

    # What payers, the bank and the worker do

    def payable(self) -> UUID:
        """A new case whose fees are to be paid."""
        return self.cases.at(CaseStatus.AWAITING_PAYMENT)

    def pay_url(self, case_id: UUID) -> str:
        return f"{self.url}/pay/{self.cases.order(case_id).id}"

    def pay(self, case_id: UUID, behaviour: Behaviour = Behaviour.APPROVE, **script: object) -> PaymentAttempt:
        """From our pay page to the bank's and back, with what the bank is told to do with it; the attempt."""
        if script:
            self.script(**script)
        pay(self.pay_url(case_id), behaviour)
        return self.attempt(case_id)

    def press(self, case_id: UUID, *, key: str | None = None) -> httpx.Response:
        """The pay page's button; its answer is not followed. `key` is of a page that was opened before."""
        data = {"key": key or self.page_key(case_id)}
        return httpx.post(self.pay_url(case_id), data=data, timeout=30)

    def open_bank_page(self, case_id: UUID, **script: object) -> BankPage:
        """The payer sets out, looks at the bank's page, and has not paid yet."""
        if script:
            self.script(**script)
        return open_bank_page(self.press(case_id).headers["Location"])

    def page_key(self, case_id: UUID) -> str:
        """Opens the pay page: the hidden key of its form; while the bank is asked, that of a page opened before."""
        text = httpx.get(self.pay_url(case_id), timeout=30).text
        form = find_form(text, "pay")
        if form is None and any(each in text for each in ("still being verified", "asking the bank")):
            return str(uuid4())
        assert form is not None, "nothing is to be paid"
        return form.values["key"]

    def script(self, trackid: str | None = None, **script: object) -> None:
        """What the bank does with one payment, or with the next that opens."""
        path = "tap/scenarios" if self.ports.gateway.name == "tap" else "scenarios"
        match = {"trackid": trackid} if trackid else "next"
        self.sandbox.control(path, {"match": match, "script": script})

    def settle_all(self) -> None:
        """Rounds of the worker, until nothing is due."""
        while (done := settle_due(self.ports)).asked or done.refunds:
            pass

    def pass_time(self, **span: float) -> None:
        """Time goes by, and the worker does what is due at the moment at which it falls due."""
        end = self.clock() + timedelta(**span)
        self.settle_all()
        while (due := self._next_due()) is not None and due <= end:
            self.clock.at = due
            self.settle_all()
        self.clock.at = end
        self.settle_all()

    def finish(self, case_id: UUID) -> CaseStatus:
        """The confirming check, a minute after the notice, and then the steps as far as they go."""
        self.pass_time(minutes=2)
        return self.cases.run(case_id)

    def restart_sandbox(self) -> None:
        self.sandbox.stop()
        self.sandbox.start()

    # What the books say

    def attempt(self, case_id: UUID) -> PaymentAttempt:
        """The newest."""
        return self.cases.attempts(case_id)[-1]

    def order(self, case_id: UUID) -> PaymentOrder:
        return self.cases.order(case_id)

    def receipts(self, case_id: UUID) -> list[Receipt]:
        return self.cases.rows(Receipt, case_id=case_id)

    def refunds(self, case_id: UUID) -> list[Refund]:
        return self.cases.rows(Refund, order_id=self.order(case_id).id)

    def entries(self, case_id: UUID) -> list[LedgerEntry]:
        return self.cases.rows(LedgerEntry, order_id=self.order(case_id).id)

    def evidence(self, attempt: PaymentAttempt) -> list[GatewayEvidence]:
        return self.cases.rows(GatewayEvidence, attempt_id=attempt.id)

    def questions(self) -> Counter[ReviewKind]:
        """The open work list."""
        return Counter(each.kind for each in self.cases.rows(ReviewItem, resolved_at=None))

    def oracle(self, attempt: PaymentAttempt) -> dict[str, Any]:
        """What the bank's own books have of the attempt; KeyError when its page was never opened."""
        return self.sandbox.ledger()[attempt.trackid]

    def assert_books_agree(self) -> None:
        """To the fil: what every order keeps is what the bank took for it, and a paid one keeps its quote."""
        lines = self.sandbox.ledger()
        for order in self.cases.rows(PaymentOrder):
            attempts = self.cases.rows(PaymentAttempt, order_id=order.id)
            taken = sum(bank_fils(lines[each.trackid]) for each in attempts if each.trackid in lines)
            entries = self.cases.rows(LedgerEntry, order_id=order.id)
            ours = sum(_SIGN.get(entry.kind, 0) * entry.amount_fils for entry in entries)
            told = [lines.get(each.trackid) for each in attempts]
            assert ours == taken, f"order {order.id}: our ledger keeps {ours} fils, the bank {taken}: {told}"
            if order.status is OrderStatus.PAID and not self.cases.rows(Refund, order_id=order.id):
                assert ours == order.amount_fils
        known = {each.trackid for each in self.cases.rows(PaymentAttempt)}
        strangers = {trackid for trackid, line in lines.items() if trackid not in known and bank_fils(line)}
        assert not strangers, f"the bank took money for {strangers}, which we do not know"

    def _next_due(self) -> datetime | None:
        """When the worker has something to do next: ask, refund, or let an order lapse."""
        unpaid = col(PaymentOrder.status) == OrderStatus.OPEN
        with Session(self.ports.engine) as session:
            moments = [
                session.exec(select(func.min(PaymentAttempt.next_check_at))).one(),
                session.exec(select(func.min(Refund.due_at))).one(),
                session.exec(select(func.min(PaymentOrder.expires_at)).where(unpaid)).one(),
            ]
        return min((each for each in moments if each is not None and each > self.clock()), default=None)


@contextmanager
def money_world(
    engine: Engine, folder: Path, *, gateway: GatewayName = "knet", knet: dict[str, Any] | None = None, **sandbox: Any
) -> Iterator[MoneyWorld]:
    """`knet` are changes of our adapter's settings, `sandbox` of the sandbox's; a legacy delivery is told to both."""
    clock = SharedClock(VirtualClock())
    bank = Sandbox(_sandbox_settings(folder / "bank", sandbox), now=clock.bank)
    port = free_port()
    delivery = KnetDelivery(sandbox.get("delivery", KnetDelivery.NOTIFICATION))
    ours = knet_settings(bank.url).model_copy(update={"delivery": delivery, **(knet or {})})
    settings = base_settings(engine.url.render_as_string(hide_password=False)).model_copy(
        update={
            "public_url": f"http://127.0.0.1:{port}",
            "gateway": gateway,
            "knet": ours,
            "tap": tap_settings(bank.url),
        }
    )
    ports = _ports(engine, settings, folder, clock=clock)
    with ExitStack() as stack:
        stack.callback(ports.close)
        stack.callback(bank.stop)
        bank.start()
        stack.enter_context(installed(ports))
        url = stack.enter_context(served(create_app(ports), port=port))
        yield MoneyWorld(_cases(ports, clock), clock, bank, url)


def _sandbox_settings(folder: Path, changes: dict[str, Any]) -> SandboxSettings:
    folder.mkdir(parents=True, exist_ok=True)
    return SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr(PASSWORD),
        resource_key=SecretStr(KEY),
        registry_token=SecretStr(TOKEN),
        tap_secret_key=SecretStr(SECRET_KEY),
        folder=folder,
        **{"notification_timeout_seconds": 5, **changes},
    )


def _ports(engine: Engine, settings: Settings, folder: Path, *, clock: SharedClock) -> Ports:
    assert settings.tap is not None
    able: dict[str, PaymentGateway] = {"knet": KnetGateway(settings.knet), "tap": TapGateway(settings.tap)}
    chosen = able.pop(settings.gateway)
    return Ports(
        settings=settings,
        engine=engine,
        store=BreakableStore(folder / "store"),
        gateway=chosen,
        other_gateways=tuple(able.values()),
        registries=FakeRegistries(),
        messages=FakeMessages(),
        cpu=InlinePool(),
        now=clock,
    )


def _cases(ports: Ports, clock: SharedClock) -> World:
    """Nobody asks its gateway: the real ones are in the ports."""
    assert isinstance(ports.registries, FakeRegistries)
    assert isinstance(ports.store, BreakableStore)
    assert isinstance(ports.cpu, InlinePool)
    return World(ports, clock, FakeGateway(), ports.registries, ports.store, ports.cpu)

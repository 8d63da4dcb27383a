"""The whole product over a real database, with fakes outside: cases are carried by its own steps, without Prefect."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import SecretStr
from sqlalchemy import Engine, text
from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, unit_of_work
from infra.intake import Submitted, submit
from infra.payments.due import settle_due
from infra.payments.hearing import hear, payer_returned
from infra.payments.orders import order_of
from infra.payments.settling import settle
from infra.payments.starting import start_payment
from infra.queue import release_cases
from infra.sandbox.people import Specimen, make_person
from infra.sandbox.troubles import Trouble, troubled
from infra.settings import KnetSettings, MessageSettings, RegistrySettings, Settings
from infra.wiring import Ports, installed, ports
from models.base import Record
from models.case import Case, CaseStatus, Channel
from models.history import Transition
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind
from models.payments.order import PaymentOrder
from models.service import Service
from tasks.documents import _collect_documents
from tasks.extension import _extend_residency
from tasks.fees import _compute_fee
from tasks.identity import _validate_identity
from tasks.payment import _take_payment
from tasks.receipt import _render_receipt
from tests.applications import Draft
from tests.fakes import BreakableStore, Clock, FakeGateway, FakeRegistries, InlinePool
from tests.message_box import FakeMessages

Row = TypeVar("Row", bound=Record)
_S = CaseStatus


def _settle_what_is_due(case_id: UUID) -> CaseStatus:
    """What the worker does beside the runs, as long as anything is due; then where the case stands."""
    while settle_due(ports()).asked:
        pass
    with unit_of_work(ports().engine) as session:
        return fetch(session, Case, case_id).status


STEPS: Final[dict[CaseStatus, Callable[[UUID], CaseStatus]]] = {
    _S.RELEASED: _validate_identity,
    _S.IDENTIFIED: _collect_documents,
    _S.DOCUMENTED: _compute_fee,
    _S.QUOTED: _take_payment,
    _S.AWAITING_PAYMENT: _settle_what_is_due,
    _S.PAID: _extend_residency,
    _S.EXTENDED: _render_receipt,
}
ARTICLES: Final = {Service.COMPANY: 18, Service.GOVERNMENT: 17, Service.FAMILY: 22, Service.DOMESTIC_WORKER: 20}
PUBLIC_URL: Final = "https://renewal.example"


def base_settings(database_url: str) -> Settings:
    nowhere = "http://127.0.0.1:9"
    return Settings(
        database_url=SecretStr(database_url),
        prefect_api_url=f"{nowhere}/api",
        public_url=PUBLIC_URL,
        knet=KnetSettings(
            page_url=nowhere,
            tranportal_url=nowhere,
            tranportal_id="900001",
            tranportal_password=SecretStr("synthetic"),
            resource_key=SecretStr("0123456789ABCDEF"),
        ),
        registries=RegistrySettings(
            **dict.fromkeys(("civil_url", "residency_url", "insurance_url", "manpower_url", "traffic_url"), nowhere),
            token=SecretStr("synthetic"),
        ),
        messages=MessageSettings(url=nowhere, token=SecretStr("synthetic")),
        seal_key=SecretStr("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="),
    )


@dataclass
class World:
    """Ask it to do what applicants, staff, payers and the bank do; read afterwards what the database says."""

    ports: Ports
    clock: Clock
    gateway: FakeGateway
    registries: FakeRegistries
    store: BreakableStore
    pool: InlinePool
    messages: FakeMessages = field(default_factory=FakeMessages)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    # What the database says

    @contextmanager
    def session(self) -> Iterator[Session]:
        with unit_of_work(self.ports.engine) as session:
            yield session

    @contextmanager
    def _looking(self) -> Iterator[Session]:
        """Without a commit: tests that count the product's commits look too."""
        with Session(self.ports.engine) as session:
            yield session

    def get(self, kind: type[Row], key: UUID) -> Row:
        with self._looking() as session:
            return fetch(session, kind, key)

    def rows(self, kind: type[Row], /, **equals: object) -> list[Row]:
        with self._looking() as session:
            return all_of(session, kind, **equals)

    def case(self, case_id: UUID) -> Case:
        return self.get(Case, case_id)

    def status(self, case_id: UUID) -> CaseStatus:
        return self.case(case_id).status

    def history(self, record: Record) -> list[str]:
        """The events of one case, order, attempt or document, in their order; each begins where the last ended."""
        steps = self.rows(Transition, entity=str(record.__tablename__), entity_id=record.id)
        assert all(one.after == other.before for one, other in pairwise(steps))
        return [each.event for each in steps]

    def order(self, case_id: UUID) -> PaymentOrder:
        with self._looking() as session:
            order = order_of(session, fetch(session, Case, case_id))
            assert order is not None
            return order

    def attempts(self, case_id: UUID) -> list[PaymentAttempt]:
        return self.rows(PaymentAttempt, order_id=self.order(case_id).id)

    def sql(self, statement: str, **values: object) -> None:
        with self.ports.engine.begin() as connection:
            connection.execute(text(statement), values)

    # What people do

    @property
    def today(self) -> date:
        return kuwait_date(self.clock.at)

    def person(self, article: int = 18, *troubles: Trouble, sponsor: Specimen | None = None, **facts: Any) -> Specimen:
        """Somebody whom all registries know; without insurance, so that the renewal pays each ministry."""
        born = make_person(next(self.numbers), article=article, on=self.today, sponsor=sponsor, **facts)
        person = troubled(born, Trouble.NO_INSURANCE, *troubles, on=self.today)
        self.registries.know(person)
        return person

    def sponsor(self) -> Specimen:
        """A resident whose own permit outlasts those that rest on it."""
        sponsor = make_person(next(self.numbers), article=18, on=self.today, age=41)
        assert sponsor.resident.residency is not None
        long = sponsor.resident.residency.model_copy(update={"permit_expires": self.today + timedelta(days=1200)})
        sponsor = replace(sponsor, resident=sponsor.resident.model_copy(update={"residency": long}))
        self.registries.know(sponsor)
        return sponsor

    def draft(
        self, service: Service = Service.INDIVIDUAL, *persons: Specimen, applicant: Specimen | None = None, **how: Any
    ) -> Draft:
        who = persons or (self.person(ARTICLES.get(service, 18)),)
        return Draft(service, applicant or who[0], who, on=self.today, **how)

    def company(self, *persons: Specimen) -> Draft:
        return self.draft(Service.COMPANY, *persons, applicant=self.person())

    def family(self, head: Specimen, *persons: Specimen, **how: Any) -> Draft:
        return self.draft(Service.FAMILY, *persons, applicant=head, **how)

    def submit(self, draft: Draft | None = None) -> Submitted:
        return submit(self.ports, (draft or self.draft()).files, channel=Channel.FOLDER)

    def submitted(self, draft: Draft | None = None) -> list[UUID]:
        """The ids of the application's cases, in the order of its rows."""
        references = self.submit(draft).references
        return [self.rows(Case, reference=each)[0].id for each in references]

    def release(self, *case_ids: UUID, limit: int = 100) -> list[str]:
        chosen = [self.case(each).reference for each in case_ids] or None
        return release_cases(self.ports, actor="tester", limit=limit, references=chosen)

    def step(self, case_id: UUID) -> CaseStatus:
        """One step of the renewal: that which works where the case stands."""
        return STEPS[self.status(case_id)](case_id)

    def run(self, case_id: UUID, *, until: CaseStatus | None = None) -> CaseStatus:
        """The steps in their order, until one leaves the case where it is."""
        status, before = self.status(case_id), None
        while status in STEPS and status not in {until, before}:
            before, status = status, self.step(case_id)
        return status

    def at(self, status: CaseStatus, draft: Draft | None = None) -> UUID:
        """A new case, carried to `status` in the usual way."""
        [case_id] = self.submitted(draft)
        if status is _S.SUBMITTED:
            return case_id
        self.release(case_id)
        self.run(case_id, until=min(status, _S.AWAITING_PAYMENT, key=list(_S).index))
        if self.status(case_id) is _S.AWAITING_PAYMENT and status is not _S.AWAITING_PAYMENT:
            self.pay(case_id)
            self.run(case_id, until=status)
        assert self.status(case_id) is status
        return case_id

    # What the payer and the bank do

    def start(self, case_id: UUID) -> PaymentAttempt:
        """The payer goes to the bank's page."""
        url = start_payment(self.ports, self.order(case_id).id, now=self.clock())
        [attempt] = self.rows(PaymentAttempt, trackid=url.rsplit("/", 1)[-1])
        return attempt

    def notify(self, message: bytes, *, kind: EvidenceKind = EvidenceKind.CALLBACK) -> UUID | None:
        evidence = self.gateway.parse_inbound(message, {})
        heard = hear(self.ports, evidence, kind=kind, raw=message, now=self.clock())
        return heard.id if heard else None

    def come_back(self, attempt: PaymentAttempt) -> None:
        payer_returned(self.ports, attempt.return_token, now=self.clock())

    def settle(self, attempt: PaymentAttempt) -> AttemptState:
        return settle(self.ports, attempt.id, actor="tester")

    def settle_all(self) -> None:
        """Rounds of the worker, until nothing is due."""
        while (done := settle_due(self.ports)).asked or done.refunds:
            pass

    def paid_at_the_bank(self, attempt: PaymentAttempt) -> None:
        """The money is taken, we were told so, and the payer is back."""
        self.notify(self.gateway.captures(attempt.trackid))
        self.come_back(attempt)

    def pay(self, case_id: UUID) -> PaymentAttempt:
        """A whole payment, up to the inquiry that proves it."""
        attempt = self.start(case_id)
        self.paid_at_the_bank(attempt)
        assert self.settle(attempt) is AttemptState.CAPTURED
        return attempt


@contextmanager
def world_over(engine: Engine, folder: Path) -> Iterator[World]:
    clock, gateway, registries, pool = (
        Clock(datetime(2026, 11, 23, 8, tzinfo=UTC)),
        FakeGateway(),
        FakeRegistries(),
        InlinePool(),
    )
    store, messages = BreakableStore(folder), FakeMessages()
    ports = Ports(
        settings=base_settings(engine.url.render_as_string(hide_password=False)),
        engine=engine,
        store=store,
        gateway=gateway,
        registries=registries,
        messages=messages,
        cpu=pool,
        now=clock,
    )
    with installed(ports):
        try:
            yield World(ports, clock, gateway, registries, store, pool, messages)
        finally:
            ports.close()

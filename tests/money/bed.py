"""What the machine lies on: our web, one gateway's sandbox over HTTP, one database, one clock for both."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import RLock
from typing import Any

import httpx
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy import Engine
from structlog.testing import capture_logs

from infra.database import open_engine
from infra.sandbox.app import create_app as create_sandbox
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment, Settings
from infra.stack.postgres_cluster import Cluster
from infra.wiring import Ports
from tests.empty import empty_database
from tests.fakes import BreakableStore, FakeRegistries, InlinePool
from tests.message_box import FakeMessages
from tests.money.notice_bodies import Notice
from tests.money.sides import SIDES, Side
from tests.money.watched import Watched
from tests.sandbox_world import KEY, PASSWORD, TOKEN, knet_settings, message_settings, registry_settings, served
from tests.tap_world import SECRET_KEY, tap_settings
from web.app import create_app

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECRETS = (KEY, PASSWORD, TOKEN, SECRET_KEY)


class StandingClock(VirtualClock):
    """Moves only when it is told to, but for a millisecond at every reading: one seed gives one history."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = RLock()

    def __call__(self) -> datetime:
        with self._lock:
            self._ahead += timedelta(milliseconds=1)
            return BEGIN + self._ahead


@dataclass
class Bed:
    cluster: Cluster
    database: str
    url: str  # of the sandbox
    clock: StandingClock
    web: FastAPI
    ports: Ports
    no_database: Engine
    client: httpx.Client  # our adapter's
    side: Side
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    logs: list[Any] = field(default_factory=list)

    @property
    def gateway(self) -> Watched:
        assert isinstance(self.ports.gateway, Watched)
        return self.ports.gateway

    def begin(self) -> None:
        """An empty database, a bank without a script, a gateway that no trouble has made careful, and other days."""
        self.clock.advance(timedelta(days=3))  # no line of an earlier example stands in the files of this one
        empty_database(self.cluster, self.database)
        self.logs.clear()
        self.gateway.refunds_sent.clear()
        self.heal()

    def heal(self) -> None:
        """From now on nothing fails; what failed stays as it is. A new gateway: the old one's breaker may be open."""
        self.browser.delete(f"{self.url}/__sandbox__/{self.side.controls}scenarios").raise_for_status()
        self.credentials(good=True)
        refunds = self.gateway.refunds_sent
        fresh = Watched(self.side.adapter(self.url, self.client), self.clock)
        self.use(replace(self.ports, gateway=fresh))
        self.gateway.refunds_sent.extend(refunds)

    def use(self, ports: Ports) -> None:
        self.ports = self.web.state.ports = ports

    @contextmanager
    def without_database(self) -> Iterator[None]:
        """Our web application cannot reach it: what it cannot write down it must not acknowledge."""
        self.web.state.ports = replace(self.ports, engine=self.no_database)
        try:
            yield
        finally:
            self.web.state.ports = self.ports

    def script(self, match: object, script: dict[str, Any]) -> None:
        order = {"match": match, "script": script}
        self.control(f"{self.side.controls}scenarios", order).raise_for_status()

    def credentials(self, *, good: bool) -> None:
        self.control(*self.side.credentials(good=good)).raise_for_status()

    def notify(self, notice: Notice) -> httpx.Response:
        """Our answer to what the bank, or somebody with its key, sends."""
        address = f"{self.ports.settings.public_url}/{self.side.name}/response"
        return self.browser.post(address, content=notice.body, headers=notice.headers)

    def control(self, path: str, order: object = None) -> httpx.Response:
        return self.browser.post(f"{self.url}/__sandbox__/{path}", json=order)

    def ledger(self) -> list[dict[str, Any]]:
        """The oracle: every payment as the bank knows it."""
        told: list[dict[str, Any]] = self.browser.get(f"{self.url}/__sandbox__/ledger").json()
        return told


@contextmanager
def open_bed(cluster: Cluster, engine: Engine, folder: Path, *, gateway: str) -> Iterator[Bed]:
    clock, side = StandingClock(), SIDES[gateway]
    with ExitStack() as stack:
        url = stack.enter_context(served(_sandbox(folder, clock)))
        client = stack.enter_context(httpx.Client(timeout=10))
        ports = _ports(engine, folder, Watched(side.adapter(url, client), clock), clock=clock, sandbox=url)
        web = create_app(ports)
        address = stack.enter_context(served(web))
        ports = replace(ports, settings=ports.settings.model_copy(update={"public_url": address}))
        no_database = open_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
        stack.callback(no_database.dispose)
        database = str(engine.url.database)
        bed = Bed(cluster, database, url, clock, web, ports, no_database, client, side)
        stack.enter_context(bed.browser)
        bed.logs = stack.enter_context(capture_logs())
        yield bed


def _sandbox(folder: Path, clock: StandingClock) -> FastAPI:
    settings = SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr(PASSWORD),
        resource_key=SecretStr(KEY),
        registry_token=SecretStr(TOKEN),
        tap_secret_key=SecretStr(SECRET_KEY),
        folder=folder,
        notification_timeout_seconds=10,
    )
    return create_sandbox(Population(), settings=settings, environment=Environment.LOCAL, now=clock)


def _ports(engine: Engine, folder: Path, gateway: Watched, *, clock: StandingClock, sandbox: str) -> Ports:
    settings = Settings(
        database_url=SecretStr(engine.url.render_as_string(hide_password=False)),
        prefect_api_url="http://127.0.0.1:9/api",
        public_url="http://127.0.0.1:9",
        gateway=gateway.name,
        knet=knet_settings(sandbox),
        tap=tap_settings(sandbox),
        registries=registry_settings(sandbox),
        messages=message_settings(sandbox),
        seal_key=SecretStr("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="),
    )
    return Ports(
        settings=settings,
        engine=engine,
        store=BreakableStore(folder / "store"),
        gateway=gateway,
        registries=FakeRegistries(),
        messages=FakeMessages(),
        cpu=InlinePool(),
        now=clock,
    )

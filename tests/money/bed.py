"""What the machine lies on: our web application and the sandbox over HTTP, one database, one clock for both."""

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
from infra.settings import Environment, KnetSettings, Settings
from infra.stack.postgres_cluster import Cluster
from infra.wiring import Ports
from tests.empty import empty_database
from tests.fakes import BreakableStore, FakeRegistries, InlinePool
from tests.money.watched import WatchedKnet
from tests.sandbox_world import KEY, PASSWORD, TOKEN, knet_settings, registry_settings, served
from web.app import create_app

BEGIN = datetime(2026, 11, 23, 8, tzinfo=UTC)
SECRETS = (KEY, PASSWORD, TOKEN)


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
    tranportal: httpx.Client
    knet: KnetSettings
    browser: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=30))
    logs: list[Any] = field(default_factory=list)

    @property
    def gateway(self) -> WatchedKnet:
        assert isinstance(self.ports.gateway, WatchedKnet)
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
        self.browser.delete(f"{self.url}/__sandbox__/scenarios").raise_for_status()
        self.control("terminal", {"expired": False})
        refunds = self.gateway.refunds_sent
        self.use(replace(self.ports, gateway=WatchedKnet(self.knet, client=self.tranportal)))
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

    def control(self, path: str, order: object = None) -> httpx.Response:
        return self.browser.post(f"{self.url}/__sandbox__/{path}", json=order)

    def ledger(self) -> list[dict[str, Any]]:
        """The oracle: every payment as the bank knows it."""
        told: list[dict[str, Any]] = self.browser.get(f"{self.url}/__sandbox__/ledger").json()
        return told


@contextmanager
def open_bed(cluster: Cluster, engine: Engine, folder: Path) -> Iterator[Bed]:
    clock = StandingClock()
    with ExitStack() as stack:
        url = stack.enter_context(served(_sandbox(folder, clock)))
        knet = knet_settings(url)
        tranportal = stack.enter_context(httpx.Client(timeout=10))
        ports = _ports(engine, folder, knet=knet, clock=clock, tranportal=tranportal, sandbox=url)
        web = create_app(ports)
        address = stack.enter_context(served(web))
        ports = replace(ports, settings=ports.settings.model_copy(update={"public_url": address}))
        no_database = open_engine("postgresql+psycopg://nobody@127.0.0.1:9/none")
        stack.callback(no_database.dispose)
        database = str(engine.url.database)
        bed = Bed(cluster, database, url, clock, web, ports, no_database, tranportal, knet)
        stack.enter_context(bed.browser)
        bed.logs = stack.enter_context(capture_logs())
        yield bed


def _sandbox(folder: Path, clock: StandingClock) -> FastAPI:
    settings = SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr(PASSWORD),
        resource_key=SecretStr(KEY),
        registry_token=SecretStr(TOKEN),
        folder=folder,
        notification_timeout_seconds=10,
    )
    return create_sandbox(Population(), settings=settings, environment=Environment.LOCAL, now=clock)


def _ports(
    engine: Engine, folder: Path, *, knet: KnetSettings, clock: StandingClock, tranportal: httpx.Client, sandbox: str
) -> Ports:
    settings = Settings(
        database_url=SecretStr(engine.url.render_as_string(hide_password=False)),
        prefect_api_url="http://127.0.0.1:9/api",
        public_url="http://127.0.0.1:9",
        knet=knet,
        registries=registry_settings(sandbox),
        seal_key=SecretStr("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="),
    )
    return Ports(
        settings=settings,
        engine=engine,
        store=BreakableStore(folder / "store"),
        gateway=WatchedKnet(knet, client=tranportal),
        registries=FakeRegistries(),
        cpu=InlinePool(),
        now=clock,
    )

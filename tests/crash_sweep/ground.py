"""Where the sweep takes place: one bank and our web in processes of their own, one clock, one database."""

import os
import signal
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from multiprocessing.sharedctypes import RawValue
from pathlib import Path
from socket import socket
from typing import Any, Final, Literal, get_args

import httpx
import uvicorn
from pydantic import SecretStr
from sqlalchemy import Engine
from starlette.types import ASGIApp

from infra import clock
from infra.clock import kuwait_date
from infra.database import open_engine
from infra.gateway import PaymentGateway
from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.sandbox.app import create_app as create_sandbox
from infra.sandbox.books import posting_day
from infra.sandbox.population import Population
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment, KnetSettings, Settings, TapSettings
from infra.storage import DirectoryStore
from infra.wiring import Ports
from tests.crash_sweep.children import forked
from tests.crash_sweep.moments import Moments, WatchedTransport
from tests.fakes import FakeRegistries, InlinePool
from tests.message_box import FakeMessages
from tests.sandbox_world import KEY, PASSWORD, TOKEN, knet_settings, message_settings, registry_settings
from tests.tap_world import SECRET_KEY, tap_settings

GatewayName = Literal["knet", "tap"]
GATEWAYS: Final[tuple[GatewayName, ...]] = get_args(GatewayName)


class SharedClock(VirtualClock):
    """The sandbox's clock, and ours: the same in every process that is forked later. The parent alone moves it."""

    def __init__(self) -> None:
        super().__init__()
        self._shared: Any = RawValue("d", 0.0)

    def __call__(self) -> datetime:
        return clock.now() + self.ahead

    @property
    def ahead(self) -> timedelta:
        return timedelta(seconds=self._shared.value)

    def advance(self, by: timedelta) -> datetime:
        self._shared.value += by.total_seconds()
        return self()


@dataclass
class Ground:
    """`web_url` is where our web always answers; at `doomed` somebody answers only during an act."""

    gateway: GatewayName
    database_url: str
    folder: Path
    knet: KnetSettings
    tap: TapSettings
    bank: httpx.Client
    web_url: str
    doomed: socket
    now: SharedClock
    tls: ssl.SSLContext
    browser: httpx.Client = field(init=False)
    ports: Ports = field(init=False)
    _busy: set[date] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.browser = httpx.Client(verify=self.tls, timeout=20)
        self.ports = self.make_ports(open_engine(self.database_url, pool_size=8))

    @property
    def doomed_url(self) -> str:
        return address_of(self.doomed)

    def make_ports(self, engine: Engine | None = None, *, moments: Moments | None = None) -> Ports:
        """The adapters of one process, all its own; with `moments` it dies at what it asks of the bank."""
        transport: httpx.BaseTransport = httpx.HTTPTransport(verify=self.tls)
        if moments is not None:
            transport = WatchedTransport(transport, moments)
        client = httpx.Client(transport=transport, timeout=self.knet.timeout_seconds)
        return Ports(
            settings=Settings(
                database_url=SecretStr(self.database_url),
                prefect_api_url="http://127.0.0.1:9/api",
                public_url=self.web_url,
                gateway=self.gateway,
                knet=self.knet,
                tap=self.tap,
                registries=registry_settings(str(self.bank.base_url)),
                messages=message_settings(str(self.bank.base_url)),
                seal_key=SecretStr("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="),
            ),
            engine=engine or open_engine(self.database_url, pool_size=4),
            store=DirectoryStore(self.folder / "store"),
            gateway=self._adapter(client),
            registries=FakeRegistries(),
            messages=FakeMessages(),
            cpu=InlinePool(),
            now=self.now,
        )

    def _adapter(self, client: httpx.Client) -> PaymentGateway:
        if self.gateway == "tap":
            return TapGateway(self.tap, client=client)
        return KnetGateway(self.knet, client=client)

    def at_the_doomed_address(self, ports: Ports) -> Ports:
        return replace(ports, settings=ports.settings.model_copy(update={"public_url": self.doomed_url}))

    def captured_late(self, trackid: str, *, seconds: int) -> None:
        """What the bank declines now turns out to have been captured."""
        late = {"status": "CAPTURED"} if self.gateway == "tap" else {"result": "CAPTURED"}
        self._script(trackid, {"becomes": late | {"after_seconds": seconds}})

    def told_once(self, trackid: str) -> None:
        """Who dies over a notice is not told again: only Tap would try three times, and meet nobody."""
        if self.gateway == "tap":
            self._script(trackid, {"webhook": {"lost": 2}})

    def deliver(self, trackid: str) -> None:
        """The bank tells it again, as it is now."""
        self._control(f"deliver/{trackid}")

    def _script(self, trackid: str, script: dict[str, Any]) -> None:
        self._control("scenarios", {"match": {"trackid": trackid}, "script": script})

    def _control(self, path: str, order: object = None) -> None:
        face = "tap/" if self.gateway == "tap" else ""
        self.bank.post(f"/__sandbox__/{face}{path}", json=order).raise_for_status()

    def bank_file(self, day: date) -> str:
        return self.bank.get(f"/__sandbox__/settlement/{day}.csv").raise_for_status().text

    def new_days(self) -> Iterator[date]:
        """Every day that is over, was not asked for yet, and may have a line at the bank."""
        for day in sorted(each for each in self._busy if each < kuwait_date(self.now())):
            self._busy.remove(day)
            yield day

    def note_day(self) -> None:
        """Something is done at the bank now. KNET counts what comes late in the evening on the next day."""
        cut_off = SandboxSettings.model_fields["cut_off"].default
        self._busy |= {kuwait_date(self.now()), posting_day(self.now(), cut_off=cut_off)}

    def ledger(self) -> list[dict[str, Any]]:
        """The bank's own books: the oracle."""
        lines: list[dict[str, Any]] = self.bank.get("/__sandbox__/ledger", timeout=60).raise_for_status().json()
        return lines


@contextmanager
def sweep_ground(database_url: str, folder: Path, *, gateway: GatewayName, make_web: Any) -> Iterator[Ground]:
    """`make_web` builds the web application of the product that is swept over its ports."""
    started: list[int] = []
    bank_door, web_door, doomed = (_listening() for _ in range(3))
    tls = ssl.create_default_context()
    settings = SandboxSettings(
        tranportal_id="900001",
        tranportal_password=SecretStr(PASSWORD),
        resource_key=SecretStr(KEY),
        registry_token=SecretStr(TOKEN),
        tap_secret_key=SecretStr(SECRET_KEY),
        folder=folder / "bank",
    )
    try:
        now = SharedClock()
        started.append(forked(lambda: serve(_sandbox(settings, now), bank_door)))
        bank_url = address_of(bank_door)
        bank = httpx.Client(base_url=bank_url, verify=tls, timeout=20)
        knet = knet_settings(bank_url).model_copy(update={"timeout_seconds": 10.0})
        tap = tap_settings(bank_url).model_copy(update={"timeout_seconds": 10.0})
        ground = Ground(gateway, database_url, folder, knet, tap, bank, address_of(web_door), doomed, now, tls)
        started.append(forked(lambda: serve(make_web(ground.make_ports()), web_door)))
        for each in (bank_door, web_door):
            each.close()
        yield ground
        ground.ports.close()
    finally:
        for pid in started:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        doomed.close()


def _sandbox(settings: SandboxSettings, now: VirtualClock) -> ASGIApp:
    return create_sandbox(Population(), settings=settings, environment=Environment.LOCAL, now=now)


def serve(app: ASGIApp, door: socket) -> None:
    """For ever, in this process."""
    config = uvicorn.Config(app, ws="none", log_config=None, access_log=False)
    uvicorn.Server(config).run(sockets=[door])


def _listening() -> socket:
    door = socket()
    door.bind(("127.0.0.1", 0))
    door.listen(128)
    return door


def address_of(door: socket) -> str:
    return f"http://127.0.0.1:{door.getsockname()[1]}"

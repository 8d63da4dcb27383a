"""The one place where the adapters of this process are chosen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from infra import clock
from infra.database import open_engine
from infra.gateway import PaymentGateway
from infra.gateway.knet import KnetGateway
from infra.pool import CpuPool
from infra.registries import Registries
from infra.registries.http import HttpRegistries
from infra.settings import PaymentSettings, Settings, get_settings
from infra.storage import ObjectStore, open_store
from models.payments.decision import PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside that a step or a page may need."""

    settings: Settings
    engine: Engine
    store: ObjectStore
    gateway: PaymentGateway
    registries: Registries
    cpu: CpuPool
    now: Callable[[], datetime] = clock.now

    @property
    def terms(self) -> PaymentTerms:
        return payment_terms(self.settings.payments)

    def close(self) -> None:
        """Let go of connections and processes."""
        self.gateway.close()
        self.registries.close()
        self.engine.dispose()
        self.cpu.close()


_installed: Final[list[Ports]] = []


def payment_terms(times: PaymentSettings) -> PaymentTerms:
    return PaymentTerms(
        page_ttl=times.page_ttl,
        grace=times.grace,
        confirm_after=times.confirm_after,
        not_found_apart=times.not_found_apart,
        order_valid=times.order_valid,
    )


def ports() -> Ports:
    """The adapters of this process, built from the settings on first use."""
    if not _installed:
        _installed.append(build(get_settings()))
    return _installed[-1]


def build(settings: Settings) -> Ports:
    return Ports(
        settings=settings,
        engine=open_engine(settings.database_url.get_secret_value(), pool_size=settings.worker.slots + 4),
        store=open_store(settings.store),
        gateway=KnetGateway(settings.knet),
        registries=HttpRegistries(settings.registries),
        cpu=CpuPool(settings.worker.cpu_processes),
    )


@contextmanager
def installed(chosen: Ports) -> Iterator[Ports]:
    """Use `chosen` until the block ends; for tests."""
    _installed.append(chosen)
    try:
        yield chosen
    finally:
        _installed.remove(chosen)

"""The one place where the adapters of this process are chosen."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import Engine

from infra import clock
from infra.database import open_engine
from infra.gateway import Notification, PaymentGateway
from infra.gateway.knet import KnetGateway
from infra.gateway.tap import TapGateway
from infra.messages import MessageGateway
from infra.messages.http import HttpMessages
from infra.pool import CpuPool
from infra.registries import Registries
from infra.registries.http import HttpRegistries
from infra.settings import PaymentSettings, Settings, get_settings
from infra.shared_clock import SharedClock
from infra.storage import ObjectStore, open_store
from models.payments.checks import PaymentTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Everything outside that a step or a page may need."""

    settings: Settings
    engine: Engine
    store: ObjectStore
    gateway: PaymentGateway  # of new attempts
    registries: Registries
    messages: MessageGateway
    cpu: CpuPool
    other_gateways: tuple[PaymentGateway, ...] = ()  # of attempts that were made before
    now: Callable[[], datetime] = clock.now

    @property
    def terms(self) -> PaymentTerms:
        """Of new attempts."""
        return self.terms_of(self.gateway.name)

    def terms_of(self, gateway: str) -> PaymentTerms:
        """The times of the conversation through one gateway."""
        reverses = self.gateway_named(gateway).capabilities.notification is Notification.ACKNOWLEDGED
        return payment_terms(self.settings.payments, gateway_reverses=reverses)

    def gateway_named(self, name: str) -> PaymentGateway:
        """KeyError for one that this installation does not have."""
        return {each.name: each for each in (self.gateway, *self.other_gateways)}[name]

    def close(self) -> None:
        """Let go of connections and processes."""
        for gateway in (self.gateway, *self.other_gateways):
            gateway.close()
        self.registries.close()
        self.messages.close()
        self.engine.dispose()
        self.cpu.close()


_installed: Final[list[Ports]] = []


def payment_terms(times: PaymentSettings, *, gateway_reverses: bool) -> PaymentTerms:
    return PaymentTerms(
        page_ttl=times.page_ttl,
        grace=times.grace,
        confirm_after=times.confirm_after,
        not_found_apart=times.not_found_apart,
        order_valid=times.order_valid,
        gateway_reverses=gateway_reverses,
    )


def ports() -> Ports:
    """The adapters of this process, built from the settings on first use."""
    if not _installed:
        _installed.append(build(get_settings()))
    return _installed[-1]


def _gateways(settings: Settings) -> tuple[PaymentGateway, tuple[PaymentGateway, ...]]:
    """That of new attempts, and the others: an attempt is finished where it was begun."""
    able: list[PaymentGateway] = [KnetGateway(settings.knet)]
    if settings.tap is not None:
        able.append(TapGateway(settings.tap))
    [chosen] = [each for each in able if each.name == settings.gateway]
    return chosen, tuple(each for each in able if each is not chosen)


def build(settings: Settings) -> Ports:
    gateway, others = _gateways(settings)
    engine = open_engine(settings.database_url.get_secret_value(), pool_size=settings.worker.slots + 4)
    return Ports(
        settings=settings,
        engine=engine,
        store=open_store(settings.store),
        gateway=gateway,
        other_gateways=others,
        registries=HttpRegistries(settings.registries),
        messages=HttpMessages(settings.messages),
        cpu=CpuPool(settings.worker.cpu_processes),
        now=SharedClock(engine),
    )


@contextmanager
def installed(chosen: Ports) -> Iterator[Ports]:
    """Use `chosen` until the block ends; for tests."""
    _installed.append(chosen)
    try:
        yield chosen
    finally:
        _installed.remove(chosen)

"""Every setting, typed. Read from the environment (`RENEWAL_…`); secrets have no defaults; see `.env.example`."""

import os
import socket
from datetime import timedelta
from enum import StrEnum
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

GatewayName = Literal["knet", "tap"]
"""Those that there is an adapter for."""


class Environment(StrEnum):
    LOCAL = "local"
    PRODUCTION = "production"


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StoreSettings(_Group):
    """Where documents lie: a MinIO (S3) server when `endpoint` is set, else the directory."""

    endpoint: str | None = None  # host:port
    access_key: SecretStr | None = None
    secret_key: SecretStr | None = None
    secure: bool = False
    bucket: str = "renewals"
    directory: Path = Path("var/documents")


class KnetDelivery(StrEnum):
    """How the terminal was certified to deliver a result: the bank knows."""

    NOTIFICATION = "notification"  # KNET's server posts it, and reverses the payment unless it reads our answer
    LEGACY = "legacy"  # the payer's browser posts it


class KnetSettings(_Group):
    """KNET terminal and addresses. The three credentials come from the acquiring bank."""

    delivery: KnetDelivery = KnetDelivery.NOTIFICATION
    page_url: str
    tranportal_url: str
    tranportal_id: str
    tranportal_password: SecretStr
    resource_key: SecretStr
    language_ar: str = "AR"
    language_en: str = "USA"
    timeout_seconds: float = 10.0


class TapSettings(_Group):
    """Tap's address, and the merchant's key, which is also the one that its webhooks are signed with."""

    api_url: str
    secret_key: SecretStr
    merchant_id: str
    expiry_minutes: int = Field(default=15, ge=5, le=60)
    timeout_seconds: float = 10.0


class RegistrySettings(_Group):
    """Where each registry answers, and the token it expects."""

    civil_url: str
    residency_url: str
    insurance_url: str
    manpower_url: str
    traffic_url: str
    token: SecretStr
    timeout_seconds: float = 10.0


class MessageSettings(_Group):
    """The ministry's message gateway (SMS, its application), and the token that it expects."""

    url: str
    token: SecretStr
    timeout_seconds: float = 10.0


Span = Annotated[timedelta, Field(gt=timedelta(0))]


class PaymentSettings(_Group):
    """Times of the payment conversation; the bank publishes none of them, so they are ours to set."""

    page_ttl: Span = timedelta(minutes=15)
    grace: Span = timedelta(minutes=30)
    confirm_after: Span = timedelta(seconds=60)
    not_found_apart: Span = timedelta(minutes=15)
    order_valid: Span = timedelta(days=7)


class UploadSettings(_Group):
    max_bytes: int = 8 * 1024 * 1024
    max_pixels: int = 40_000_000
    max_pdf_pages: int = 20


class WorkerSettings(_Group):
    work_pool: str = "renewals"
    slots: int = Field(default=12, ge=1, le=100)
    cpu_processes: int = Field(default=2, ge=1, le=64)
    poll_seconds: float = 0.5
    name: str = ""  # as staff see it; empty: the machine's name and the process number
    drain_seconds: float = Field(default=15, ge=0, le=600)  # to finish what runs, when told to stop
    memory_mb: int = Field(default=700, ge=200)  # above it the worker drains and begins again
    health_port: int = Field(default=0, ge=0, le=65535)  # 0: no health endpoint

    @property
    def own_name(self) -> str:
        return self.name or f"{socket.gethostname()}-{os.getpid()}"


class Settings(BaseSettings):
    model_config = SettingsConfigDict(
        env_prefix="RENEWAL_",
        env_nested_delimiter="__",
        env_ignore_empty=True,  # a line of `.env.example` that nobody filled in counts as missing
        hide_input_in_errors=True,  # what was given may be a secret
        frozen=True,
        extra="forbid",
    )

    environment: Environment = Environment.LOCAL
    database_url: SecretStr
    prefect_api_url: str
    public_url: str  # where payers and KNET reach our web, without a trailing slash
    store: StoreSettings = StoreSettings()
    gateway: GatewayName = "knet"
    knet: KnetSettings
    tap: TapSettings | None = None
    registries: RegistrySettings
    messages: MessageSettings
    payments: PaymentSettings = PaymentSettings()
    uploads: UploadSettings = UploadSettings()
    worker: WorkerSettings = WorkerSettings()
    seal_key: SecretStr  # Ed25519 private key, 32 bytes in base64, for the receipt's QR
    log_json: bool = True

    @model_validator(mode="after")
    def _the_chosen_gateway_is_set_up(self) -> Self:
        if self.gateway == "knet":
            return self
        if self.tap is None:
            raise ValueError("RENEWAL_GATEWAY is tap: RENEWAL_TAP__API_URL and its neighbours must be set")
        if timedelta(minutes=self.tap.expiry_minutes) > self.payments.page_ttl + self.payments.grace:
            raise ValueError("RENEWAL_TAP__EXPIRY_MINUTES must not be longer than PAGE_TTL and GRACE of the payments")
        return self

    @model_validator(mode="after")
    def _production_is_real(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            knet, at = self.knet, self.registries
            tap = [self.tap.api_url] if self.tap is not None else []
            registries = [at.civil_url, at.residency_url, at.insurance_url, at.manpower_url, at.traffic_url]
            addresses = [knet.page_url, knet.tranportal_url, *tap, self.public_url, *registries, self.messages.url]
            if any(not address.startswith("https://") for address in addresses):
                raise ValueError(
                    "production: the gateways' and registries' addresses and RENEWAL_PUBLIC_URL must be https"
                )
            if any(_is_this_machine(address) for address in addresses):
                raise ValueError(
                    "production: the sandbox on this machine is no bank and no registry; set the real addresses"
                )
            if self.store.endpoint is not None and not self.store.secure:
                raise ValueError("production: RENEWAL_STORE__SECURE must be true; documents never travel in the clear")
        return self


def _is_this_machine(address: str) -> bool:
    host = (urlsplit(address).hostname or "").rstrip(".")
    if host in {"", "localhost"} or host.endswith(".localhost"):
        return True
    number = _number_of(host)
    return number is not None and (number.is_loopback or number.is_unspecified)


def _number_of(host: str) -> IPv4Address | IPv6Address | None:
    """As whoever connects reads it: `127.1`, `2130706433` and `::ffff:127.0.0.1` are one machine; no name is asked."""
    try:
        number = ip_address(host)
    except ValueError:
        return _old_form(host)
    return (number.ipv4_mapped or number) if isinstance(number, IPv6Address) else number


def _old_form(host: str) -> IPv4Address | None:
    try:
        return IPv4Address(socket.inet_aton(host))
    except (OSError, UnicodeError):
        return None


@cache
def get_settings() -> Settings:
    """The settings of this process; called at the doors (wiring, command line, web) only."""
    return Settings()

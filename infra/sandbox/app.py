"""Builds the sandbox: registries, message gateway, bank and controls in one web application."""

import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from infra.errors import PermanentError
from infra.sandbox.bank import Bank
from infra.sandbox.control import control_router
from infra.sandbox.control_bank import Lines, bank_controls
from infra.sandbox.control_clock import clock_controls, kept_clock
from infra.sandbox.control_messages import message_controls
from infra.sandbox.control_scenarios import scenario_controls
from infra.sandbox.faults import Faults
from infra.sandbox.front_page import front_page
from infra.sandbox.journal import Journal
from infra.sandbox.knet_page import HostedPage
from infra.sandbox.knet_result import ResultDesk
from infra.sandbox.knet_tranportal import Tranportal
from infra.sandbox.message_box import MessageBox, message_gateway
from infra.sandbox.notification import Messenger
from infra.sandbox.population import Population
from infra.sandbox.registries import registry_router
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.settlement_export import SettlementExport
from infra.sandbox.tap_face import tap_face
from infra.sandbox.town import Town
from infra.sandbox.virtual_clock import VirtualClock
from infra.settings import Environment


def create_app(
    population: Population,
    *,
    settings: SandboxSettings,
    environment: Environment,
    now: VirtualClock | None = None,
) -> FastAPI:
    """Refuses to exist in production (PermanentError): there, money is real. `now` is the time of its books."""
    if environment is Environment.PRODUCTION:
        raise PermanentError("the sandbox is not a bank or a ministry; production needs the real addresses")
    now = kept_clock(now or VirtualClock(), settings.folder)
    client = httpx.AsyncClient(
        timeout=settings.notification_timeout_seconds,
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),  # a connection that died unseen voids
        verify=ssl.create_default_context(cafile=settings.merchant_authorities),
    )

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with client:
            yield

    app = FastAPI(title="Sandbox: not a bank or a ministry", lifespan=lifespan, docs_url=None, openapi_url=None)
    town = Town(population, Journal(settings.folder / "registries.jsonl"))
    app.include_router(registry_router(town, settings))
    app.include_router(control_router(town))
    app.include_router(clock_controls(now, settings.folder))
    app.include_router(front_page(settings, now=now, people=town.count))
    box = MessageBox(Journal(settings.folder / "messages.jsonl"), now=now)
    app.include_router(message_gateway(box, settings))
    app.include_router(message_controls(box))
    tap = tap_face(settings, settings.tap_secret_key, now, client=client) if settings.tap_secret_key else None
    if tap is not None:
        app.include_router(tap.router)
    _include_knet(app, settings, now, client=client, others=tap.ledger if tap else list)
    app.add_api_route("/health", lambda: {"status": "ok"}, methods=["GET"])
    return app


def _include_knet(
    app: FastAPI,
    settings: SandboxSettings,
    now: VirtualClock,
    *,
    client: httpx.AsyncClient,
    others: Callable[[], Lines],
) -> None:
    bank = Bank(Journal(settings.folder / "books.jsonl"), settings=settings, now=now)
    scenarios, faults = Scenarios(Journal(settings.folder / "scenarios.jsonl")), Faults()
    desk = ResultDesk(bank, settings, Messenger(settings, client))
    app.include_router(HostedPage(bank, settings, desk=desk, scenarios=scenarios, faults=faults).router)
    app.include_router(Tranportal(bank, settings, scenarios=scenarios, faults=faults).router)
    app.include_router(bank_controls(bank, SettlementExport(bank, scenarios, settings), others=others))
    app.include_router(scenario_controls(bank, desk, scenarios=scenarios, faults=faults))

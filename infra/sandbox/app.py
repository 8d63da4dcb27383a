"""Builds the sandbox: registries, bank and controls in one web application."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from fastapi import FastAPI

from infra.errors import PermanentError
from infra.sandbox.bank import Bank
from infra.sandbox.control import control_router
from infra.sandbox.journal import Journal
from infra.sandbox.knet_page import HostedPage
from infra.sandbox.knet_tranportal import Tranportal
from infra.sandbox.population import Population
from infra.sandbox.registries import registry_router
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.town import Town
from infra.settings import Environment


def create_app(population: Population, *, settings: SandboxSettings, environment: Environment) -> FastAPI:
    """Refuses to exist in production (PermanentError): there, money is real."""
    if environment is Environment.PRODUCTION:
        raise PermanentError("the sandbox is not a bank or a ministry; production needs the real addresses")
    bank = Bank(Journal(settings.folder / "bank.jsonl"))
    town = Town(population, Journal(settings.folder / "registries.jsonl"))
    client = httpx.Client(timeout=settings.notification_timeout_seconds)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with client:
            yield

    app = FastAPI(title="Sandbox: not a bank or a ministry", lifespan=lifespan, docs_url=None, openapi_url=None)
    app.include_router(registry_router(town, settings))
    app.include_router(HostedPage(bank, settings, client).router)
    app.include_router(Tranportal(bank, settings).router)
    app.include_router(control_router(bank, town))
    app.add_api_route("/health", lambda: {"status": "ok"}, methods=["GET"])
    return app

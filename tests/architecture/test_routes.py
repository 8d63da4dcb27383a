"""Every route of the web is on this list, with who may call it and what protects it."""

import re
from collections.abc import Callable, Iterator
from enum import Enum
from pathlib import Path
from typing import get_type_hints
from uuid import UUID

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from infra.wiring import build
from tests.sample_settings import read_settings
from web.app import create_app


class Caller(Enum):
    """Whom a route is for."""

    BEARER_OF_THE_ADDRESS = "anybody who was given the address: it holds a random UUID, or a seal that we signed"
    GATEWAY = "a payment gateway, or a browser that it sends: what comes is kept as evidence, and an inquiry decides"
    PREFECT = "Prefect's automations, by a token: it fills the log and reads nothing"
    MACHINE = "the machine that watches over us: tells nothing of cases"


ROUTES = {
    ("GET", "/pay/{order_id}"): Caller.BEARER_OF_THE_ADDRESS,
    ("POST", "/pay/{order_id}"): Caller.BEARER_OF_THE_ADDRESS,
    ("GET", "/pay/return/{return_token}"): Caller.BEARER_OF_THE_ADDRESS,
    ("GET", "/receipts/{receipt_id}.pdf"): Caller.BEARER_OF_THE_ADDRESS,
    ("GET", "/v/{text}"): Caller.BEARER_OF_THE_ADDRESS,
    ("GET", "/V/{text}"): Caller.BEARER_OF_THE_ADDRESS,
    ("POST", "/{gateway}/response"): Caller.GATEWAY,
    ("GET", "/{gateway}/error"): Caller.GATEWAY,
    ("POST", "/{gateway}/error"): Caller.GATEWAY,
    ("POST", "/operations/alerts"): Caller.PREFECT,
    ("GET", "/health"): Caller.MACHINE,
}


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FastAPI]:
    ports = build(read_settings(monkeypatch, RENEWAL_STORE__DIRECTORY=str(tmp_path)))
    yield create_app(ports)
    ports.close()


def routes(app: FastAPI) -> dict[tuple[str, str], Callable[..., object]]:
    """What answers to each method and path, those of included routers too."""
    found = [(method, each) for each in iter_route_contexts(app.routes) for method in each.methods or {"(any)"}]
    return {(method, each.path or "(mounted)"): each.endpoint or object for method, each in found}


def test_every_route_is_listed_and_every_listed_route_exists(app: FastAPI) -> None:
    assert set(routes(app)) == set(ROUTES)


def test_an_address_that_lets_somebody_in_cannot_be_guessed(app: FastAPI) -> None:
    """A route that forgets to say UUID would take any text for an id."""
    for key, endpoint in routes(app).items():
        if ROUTES[key] is Caller.BEARER_OF_THE_ADDRESS:
            (parameter,) = re.findall(r"{(\w+)}", key[1])
            assert parameter == "text" or get_type_hints(endpoint)[parameter] is UUID, key


def test_only_the_gateway_the_pay_button_and_prefects_alerts_write(app: FastAPI) -> None:
    writing = {path for method, path in routes(app) if method != "GET"}
    assert writing == {"/pay/{order_id}", "/{gateway}/response", "/{gateway}/error", "/operations/alerts"}


def test_the_web_shows_no_plan_of_itself(app: FastAPI) -> None:
    assert (app.openapi_url, app.docs_url, app.redoc_url) == (None, None, None)

"""Row 16 of the fault matrix: every connection to the database is taken."""

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import httpx
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from infra import database
from infra.database import open_engine
from infra.wiring import installed
from models.case import CaseStatus
from models.payments.attempt import PaymentAttempt
from tests.racing import at_once
from tests.site import Site
from tests.stack_fixtures import soon
from tests.world import PUBLIC_URL, World
from web.app import create_app

CLIENTS = 50
WAIT = 1.0


@pytest.fixture
def two_connections(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    monkeypatch.setattr(database, "POOL_SECONDS", WAIT)
    engine = open_engine(world.ports.engine.url.render_as_string(hide_password=False), pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture
def narrow_site(world: World, two_connections: Engine) -> Site:
    return Site(create_app(replace(world.ports, engine=two_connections)), PUBLIC_URL)


def test_row_16_fifty_clients_without_a_connection_are_turned_away_soon_and_health_says_so(
    world: World, narrow_site: Site, two_connections: Engine
) -> None:
    """Each waits for a connection no longer than the pool's bound (5 s; here 1 s), and health waits for nothing.

    Measured here: all fifty answered within 3 s of a bound of 1 s; health in milliseconds, degraded for 30 s.
    """
    page = f"/pay/{world.order(world.at(CaseStatus.AWAITING_PAYMENT)).id}"
    assert narrow_site.get("/health").json() == {"status": "ok"}
    with Session(two_connections) as one, Session(two_connections) as two:
        one.connection(), two.connection()
        began = time.monotonic()
        answers = at_once(*[partial(narrow_site.post, page)] * CLIENTS)
        assert time.monotonic() - began < 8
        assert {(each.status_code, each.headers["retry-after"]) for each in responses(answers)} == {(503, "60")}
        began = time.monotonic()
        health = narrow_site.get("/health")
        assert (health.status_code, health.json()) == (200, {"status": "degraded"})
        assert time.monotonic() - began < 0.5
    assert narrow_site.post(page).status_code == 303
    world.clock.advance(seconds=31)
    assert narrow_site.get("/health").json() == {"status": "ok"}


def test_row_16_web_and_worker_with_two_connections_each_do_not_wait_for_each_other_for_ever(
    world: World, narrow_site: Site, two_connections: Engine
) -> None:
    """Fifty payers press at once while the worker carries other cases; whoever is turned away comes again."""
    payable = [world.at(CaseStatus.AWAITING_PAYMENT) for _ in range(5)]
    carried = [world.at(CaseStatus.RELEASED) for _ in range(4)]
    pages = [f"/pay/{world.order(each).id}" for each in payable]
    worker = open_engine(two_connections.url.render_as_string(hide_password=False), pool_size=2)

    def press(page: str) -> httpx.Response:
        answers: list[httpx.Response] = []

        def served() -> bool:
            answers.append(narrow_site.post(page))
            assert answers[-1].status_code in {303, 503}
            return answers[-1].status_code == 303

        assert soon(served, seconds=30)
        return answers[-1]

    began = time.monotonic()
    with installed(replace(world.ports, engine=worker)):
        carry = [partial(world.run, case_id) for case_id in carried]
        clients = [partial(press, pages[number % len(pages)]) for number in range(CLIENTS)]
        ended = at_once(*carry, *clients)
    worker.dispose()
    assert time.monotonic() - began < 30
    assert ended[: len(carry)] == [CaseStatus.AWAITING_PAYMENT] * len(carry)
    assert len({each.headers["location"] for each in responses(ended[len(carry) :])}) == len(pages)
    assert len(world.rows(PaymentAttempt)) == len(pages)


def responses(answers: list[httpx.Response | CaseStatus | Exception]) -> list[httpx.Response]:
    got = [each for each in answers if isinstance(each, httpx.Response)]
    assert len(got) == CLIENTS, answers
    return got

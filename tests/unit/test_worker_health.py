"""The worker's health endpoint, and the lines that say what cannot be reached."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

import anyio
import httpx
import pytest
from structlog.testing import capture_logs

from flows.worker.health import health_app
from infra.errors import TransientError
from infra.reach import Reach
from infra.workflows import PREFECT_TROUBLE


@dataclass
class Worker:
    prefect: Reach = field(default_factory=lambda: Reach("prefect", PREFECT_TROUBLE))
    database: Reach = field(default_factory=lambda: Reach("database"))
    slots: int = 12
    running: frozenset[UUID] = frozenset({uuid4()})
    is_draining: bool = False


@pytest.fixture
def worker() -> Worker:
    return Worker()


def asked(worker: Worker, path: str) -> httpx.Response:
    transport = httpx.ASGITransport(health_app(worker))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://worker") as client:
            return await client.get(path)

    return anyio.run(ask)


def lose(reach: Reach, error: Exception) -> None:
    with reach.watched("ask"):
        raise error


def test_a_worker_that_is_well_is_live_and_ready_and_says_what_it_does(worker: Worker) -> None:
    assert asked(worker, "/live").status_code == asked(worker, "/ready").status_code == 200
    told = asked(worker, "/ready").json()
    assert (told["slots"], told["running"], told["prefect"], told["database"]) == (12, 1, "reached", "reached")
    assert told["memory_mb"] > 0


@pytest.mark.parametrize("away", ["prefect", "database", "draining"])
def test_a_worker_without_what_it_needs_is_live_and_not_ready(worker: Worker, away: str) -> None:
    if away == "prefect":
        lose(worker.prefect, httpx.ConnectError("no"))
    elif away == "database":
        lose(worker.database, TransientError("the database did not answer"))
    worker.is_draining = away == "draining"
    assert asked(worker, "/live").status_code == 200
    assert asked(worker, "/ready").status_code == 503


def test_what_is_lost_is_said_once_and_once_when_it_is_back() -> None:
    reach = Reach("prefect", PREFECT_TROUBLE)
    with capture_logs() as lines:
        for _ in range(3):
            lose(reach, httpx.ConnectError("secret in a text"))
        with reach.watched("ask"):
            pass
    assert [each["event"] for each in lines] == ["prefect_unreachable", "prefect_reached_again"]
    assert lines[0]["reason"] == "ConnectError"


def test_what_is_no_trouble_of_this_kind_is_not_swallowed() -> None:
    with pytest.raises(ValueError, match="a fault of ours"):
        lose(Reach("prefect", PREFECT_TROUBLE), ValueError("a fault of ours"))

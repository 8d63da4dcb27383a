"""The automations on a real Prefect server: what fails and what falls silent reaches whoever listens."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import anyio
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.settings import PREFECT_API_URL, temporary_settings

from flows import automations
from flows.alarms import BEAT, STOPPED, Alarm, alarms
from flows.worker.signs import give_sign
from infra.alerts import ALERTS_PATH, TOKEN_HEADER, alert_token
from infra.wiring import build, installed
from tests.office import Office, soon
from tests.world import base_settings

pytestmark = pytest.mark.anyio
SILENCE = timedelta(seconds=10)  # the shortest that Prefect takes


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Heard(list[dict[str, Any]]):
    """What reached the listener: the alert and the token that it came with."""

    def of(self, alarm: str, *, about: str = "") -> list[str]:
        """The texts that name `about`: the server's other workers and runs cause alerts too."""
        return [each["text"] for each in self if each["alert"] == alarm and about in each["text"]]


@pytest.fixture(scope="module")
def listener() -> Iterator[tuple[str, Heard]]:
    heard = Heard()

    class Listening(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append({**said, "token": self.headers[TOKEN_HEADER]})
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listening)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


@asynccontextmanager
async def prefect_and_block(api: str, url: str) -> AsyncIterator[tuple[PrefectClient, Any]]:
    """A client, and the id of a block that leads to the listener, made as `deploy` makes the office's own."""
    settings = base_settings("postgresql+psycopg://nobody@127.0.0.1:9/none").model_copy(update={"public_url": url})
    ports = build(settings)
    with temporary_settings({PREFECT_API_URL: api}), installed(ports), pytest.MonkeyPatch.context() as patch:
        patch.setattr(automations, "BLOCK", "listener-alerts")
        async with get_client() as client:
            yield client, await automations._make_block(client, settings)
    ports.close()


def alarm(name: str, *, work_pool: str = "elsewhere") -> Alarm:
    return next(each for each in alarms(work_pool) if each.name == name)


def quick(found: Alarm) -> Alarm:
    """The same alarm with the shortest patience, under a name of its own."""
    trigger = found.trigger.model_copy(update={"within": SILENCE})
    return replace(found, name=f"{found.name} {uuid4().hex[:6]}", trigger=trigger)


async def heard_of(heard: Heard, name: str, *, about: str = "", seconds: float = 60) -> list[str]:
    with anyio.move_on_after(seconds):
        while not heard.of(name, about=about):  # noqa: ASYNC110 - the listener is a thread
            await anyio.sleep(0.2)
    return heard.of(name, about=about)


async def test_a_worker_that_falls_silent_is_told_of_and_one_that_said_goodbye_is_not(
    prefect_api: str, listener: tuple[str, Heard]
) -> None:
    url, heard = listener
    async with prefect_and_block(prefect_api, url) as (client, block):
        silent = quick(alarm("A worker fell silent"))
        found = await client.create_automation(automations._automation(silent, block))
        await anyio.sleep(1)  # the server reads its automations again
        for worker in ("dies", "leaves"):
            await give_sign(client, BEAT, worker=worker)
        await anyio.sleep(1)  # Prefect looks at events that come together in any order
        await give_sign(client, STOPPED, worker="leaves")
        assert await heard_of(heard, silent.name, about="dies")
        await anyio.sleep(SILENCE.total_seconds() + 6)
        assert heard.of(silent.name, about="dies") == ["A worker fell silent: dies."]
        assert heard.of(silent.name, about="leaves") == []
        await client.delete_automation(found)


async def test_healing_that_does_not_complete_is_told_of(prefect_api: str, listener: tuple[str, Heard]) -> None:
    url, heard = listener
    async with prefect_and_block(prefect_api, url) as (client, block):
        silent = quick(alarm("Healing fell silent"))
        found = await client.create_automation(automations._automation(silent, block))
        assert "heal has not completed" in (await heard_of(heard, silent.name))[0]
        await client.delete_automation(found)


async def test_a_pool_without_a_worker_is_told_of(prefect_api: str, listener: tuple[str, Heard]) -> None:
    url, heard = listener
    pool = f"pool-{uuid4().hex[:6]}"
    async with prefect_and_block(prefect_api, url) as (client, block):
        gone = replace(alarm("No worker at all", work_pool=pool), name=f"No worker {pool}")
        await client.create_automation(automations._automation(gone, block))
        await client.create_work_pool(WorkPoolCreate(name=pool, type="renewal-worker", base_job_template={}))
        await client.send_worker_heartbeat(pool, "the-only-one", heartbeat_interval_seconds=1)
        assert pool in (await heard_of(heard, gone.name))[0]
    assert {each["token"] for each in heard} == {
        alert_token(base_settings("postgresql+psycopg://nobody@127.0.0.1:9/none"))
    }


def not_told_of_any_yet(office: Office, api: str) -> None:
    """The office's own alarm of renewals made anew: the old one keeps quiet for minutes after any test's run."""
    wanted = "Renewals that need staff"

    async def make() -> None:
        async with get_client() as client:
            for old in await client.read_automations_by_name(wanted):
                await client.delete_automation(old.id)
            await automations.make_automations(client, work_pool=office.ports.settings.worker.work_pool)
            await anyio.sleep(1)  # the server reads its automations again

    with temporary_settings({PREFECT_API_URL: api}), installed(office.ports):
        anyio.run(make)


def test_a_renewal_that_fails_under_our_name_reaches_the_webs_log_with_its_reference_and_nobodys_name(
    office: Office, prefect_api: str
) -> None:
    filed = office.file()
    not_told_of_any_yet(office, prefect_api)
    with office.moods.answering(403, at="/civil", about=filed.person.civil_number):
        office.release(filed)
        run_id = office.run_named(filed, "RegistryRefused")["id"]
    address = f"/runs/flow-run/{run_id}"
    [said, *_] = soon(
        lambda: [line for line in office.web_log() if "staff_alert" in line and address in line],
        "the alert in the web's log",
    )
    assert ALERTS_PATH not in said
    assert f"A renewal needs staff: {filed.reference}" in said
    assert "RegistryRefused" in said
    assert filed.person.civil.name_latin not in said

"""Two real Prefect API servers over one PostgreSQL and one Redis, with the services once: one of each may die.

The whole shape, with workers and renewals, takes minutes: `make prove-machines`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest

from infra.stack import balancer, postgres, prefect_machines, redis
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.machines import API_SERVERS
from infra.stack.part import Part
from infra.stack.ports import LOOPBACK, any_free
from infra.stack.sequence import bring_up, take_down
from tests.stack_fixtures import cluster_in, missing, private_places, soon

ENOUGH = 60.0


@dataclass(frozen=True, slots=True)
class Servers:
    """`api` leads through the balancer."""

    api: str
    parts: dict[str, Part]

    def post(self, path: str, body: object) -> httpx.Response:
        return httpx.post(f"{self.api}{path}", json=body, timeout=20)

    def start_again(self, name: str) -> None:
        bring_up([self.parts[name]])


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    with private_places() as places:
        cluster = cluster_in(places, durable=False)
        secrets = LocalSecrets.kept_in(places.secrets)
        redis_port, one, two, front = any_free(4)
        shared = prefect_machines.Shared(
            places=places,
            database_url=cluster.engine_url,
            redis_url=redis.url(secrets, port=redis_port),
            public_url=f"http://{LOOPBACK}:{front}",
        )
        try:
            parts = [
                postgres.part(cluster, places),
                redis.part(places, secrets, port=redis_port),
                prefect_machines.migration(shared),
                prefect_machines.services(shared),
                prefect_machines.api(shared, API_SERVERS[0], port=one),
                prefect_machines.api(shared, API_SERVERS[1], port=two),
                balancer.part(places, port=front, servers=(one, two), needs=frozenset(API_SERVERS)),
            ]
        except StackError as error:
            missing(str(error))
        try:
            bring_up(parts)
            yield Servers(f"http://{LOOPBACK}:{front}/api", {part.name: part for part in parts})
        finally:
            take_down(parts)


def emit(servers: Servers) -> str:
    """Change a run's state, which is an event; returns the run."""
    flow = servers.post("/flows/", {"name": f"flow-{uuid4()}"}).raise_for_status().json()
    run = servers.post("/flow_runs/", {"flow_id": flow["id"], "state": {"type": "PENDING"}}).raise_for_status().json()
    state = {"state": {"type": "RUNNING"}}
    servers.post(f"/flow_runs/{run['id']}/set_state", state).raise_for_status()
    return str(run["id"])


def is_written_down(servers: Servers, run: str) -> bool:
    """The event went from an API server through Redis to the services, and from there into the database."""
    asked = {"filter": {"any_resource": {"id": [f"prefect.flow-run.{run}"]}}}
    answer = servers.post("/events/filter", asked)
    return answer.status_code == 200 and answer.json()["total"] > 0


def test_what_one_server_hears_is_written_down_by_the_services(servers: Servers) -> None:
    run = emit(servers)
    assert soon(lambda: is_written_down(servers, run), ENOUGH)


def test_a_server_may_die_while_it_is_asked(servers: Servers) -> None:
    servers.parts[API_SERVERS[0]].child.kill()
    began = time.monotonic()
    assert soon(lambda: servers.post("/flows/count", {}).status_code == 200, 10)
    assert time.monotonic() - began < 5
    run = emit(servers)
    servers.start_again(API_SERVERS[0])
    assert soon(lambda: is_written_down(servers, run), ENOUGH)


@pytest.mark.parametrize("name", [prefect_machines.SERVICES, redis.NAME])
def test_events_flow_again_after_a_part_has_died_and_come_back(servers: Servers, name: str) -> None:
    servers.parts[name].child.kill()
    servers.start_again(name)
    found: list[str] = []

    def one_more_is_written_down() -> bool:
        try:
            found.append(emit(servers))
        except httpx.HTTPError:
            return False
        return any(is_written_down(servers, run) for run in found)

    assert soon(one_more_is_written_down, ENOUGH)

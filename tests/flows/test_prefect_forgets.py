"""Prefect's own data does not grow without bound: old runs that ended go with their pages, suspended ones stay."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from psycopg import sql

from infra import clock
from infra.stack import prefect_server
from infra.stack.places import Places
from infra.stack.ports import Ports
from infra.stack.postgres_cluster import ENGINE, Cluster
from tests.office import soon
from tests.stack_fixtures import running

BEFORE = timedelta(days=31)
OLD_EVENT = timedelta(days=4)


@pytest.fixture
def hurried(own_places: Places, durable_cluster: tuple[Cluster, Any]) -> Iterator[tuple[httpx.Client, Cluster]]:
    """A Prefect of the test's own that cleans each second instead of each hour; how long it keeps is as in earnest."""
    cluster, _ = durable_cluster
    ports = Ports.private()
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(prefect_server.SETTINGS, "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS", "1")
        part = prefect_server.part(own_places, ports, database_url=cluster.engine_url)
    with running(part), httpx.Client(base_url=f"{ports.url('prefect')}/api", timeout=30) as api:
        yield api, cluster


def a_run(api: httpx.Client, cluster: Cluster, name: str, *, state: dict[str, Any], age: timedelta) -> str:
    """With an artifact and a log, as old as told."""
    flow = api.post("/flows/", json={"name": "renewal"}).raise_for_status().json()["id"]
    made = api.post("/flow_runs/", json={"flow_id": flow, "name": name, "state": state}).raise_for_status().json()["id"]
    page = {"key": f"page-{name}", "type": "markdown", "data": "where it stands", "flow_run_id": made}
    api.post("/artifacts/", json=page).raise_for_status()
    with cluster.connect(ENGINE) as database:
        moments = {"id": made, "at": clock.now() - age}
        database.execute("update flow_run set created = %(at)s, start_time = %(at)s where id = %(id)s", moments)
        database.execute("update flow_run set end_time = %(at)s where id = %(id)s and end_time is not null", moments)
    return str(made)


def an_event(api: httpx.Client, name: str, *, age: timedelta) -> None:
    event = {
        "id": f"00000000-0000-4000-8000-{age.days:012d}",
        "occurred": (clock.now() - age).isoformat(),
        "event": name,
        "resource": {"prefect.resource.id": "renewal-worker.w"},
    }
    api.post("/events", json=[event]).raise_for_status()


def names(cluster: Cluster, table: str, column: str) -> set[str]:
    with cluster.connect(ENGINE) as database:
        query = sql.SQL("select {} from {}").format(sql.Identifier(column), sql.Identifier(table))
        return {str(row[0]) for row in database.execute(query)}


def test_runs_that_ended_a_month_ago_go_and_what_is_suspended_or_newer_stays(
    hurried: tuple[httpx.Client, Cluster],
) -> None:
    api, cluster = hurried
    ended, failed, suspended = {"type": "COMPLETED"}, {"type": "FAILED"}, {"type": "PAUSED", "name": "Suspended"}
    a_run(api, cluster, "suspended-long-ago", state=suspended, age=10 * BEFORE)
    a_run(api, cluster, "ended-lately", state=ended, age=BEFORE - timedelta(days=2))
    a_run(api, cluster, "ended-long-ago", state=ended, age=BEFORE)
    a_run(api, cluster, "failed-long-ago", state=failed, age=BEFORE)
    gone = {"ended-long-ago", "failed-long-ago"}
    soon(lambda: not gone & names(cluster, "flow_run", "name"), "the old runs to go")
    assert names(cluster, "flow_run", "name") == {"suspended-long-ago", "ended-lately"}
    soon(lambda: "page-failed-long-ago" not in names(cluster, "artifact", "key"), "its page to go")
    assert names(cluster, "artifact", "key") == {"page-suspended-long-ago", "page-ended-lately"}
    an_event(api, "renewal-test.old", age=OLD_EVENT)
    an_event(api, "renewal-worker.beat", age=timedelta(days=2))
    an_event(api, "renewal-test.new", age=timedelta(days=1))
    soon(lambda: "renewal-test.new" in names(cluster, "events", "event"), "the new event to be written")
    soon(
        lambda: not {"renewal-test.old", "renewal-worker.beat"} & names(cluster, "events", "event"),
        "the old events to go",
    )
    assert "renewal-test.new" in names(cluster, "events", "event")

"""A real PostgreSQL cluster: it keeps its data, survives kills, and is nobody else's."""

import os
import signal
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from infra.stack import PartFailedError, Places, StackError, postgres
from infra.stack.clean import clean
from infra.stack.part import Part
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from infra.stack.sequence import bring_up, take_down
from tests.stack_fixtures import cluster_in, running, soon


def ask(cluster: Cluster, statement: str, database: str = "postgres") -> object:
    with cluster.connect(database) as connection:
        answer = connection.execute(statement.encode())
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


def test_a_cluster_keeps_its_data_over_a_stop_and_a_start(durable_cluster: tuple[Cluster, Part]) -> None:
    cluster, part = durable_cluster
    ask(cluster, "CREATE TABLE kept AS SELECT 1 AS n", "renewal")
    take_down([part])
    bring_up([part])
    assert ask(cluster, "SELECT n FROM kept", "renewal") == 1
    assert ask(cluster, "SHOW fsync") == "on"


def test_a_cluster_starts_again_after_its_server_was_killed(durable_cluster: tuple[Cluster, Part]) -> None:
    cluster, part = durable_cluster
    ask(cluster, "CREATE TABLE kept AS SELECT 1 AS n", "renewal")
    with cluster.connect() as busy:
        os.kill(part.child.pid, signal.SIGKILL)
        assert soon(lambda: not part.child.is_running)
        with pytest.raises(PartFailedError, match="ended with code -9"):
            part.check()
        bring_up([part])
        with pytest.raises(psycopg.OperationalError):
            busy.execute("SELECT 1")
    assert ask(cluster, "SELECT n FROM kept", "renewal") == 1


def test_a_lock_file_whose_number_now_names_a_stranger_does_not_keep_the_cluster_down(
    durable_cluster: tuple[Cluster, Part],
) -> None:
    cluster, part = durable_cluster
    take_down([part])
    (cluster.data / "postmaster.pid").write_text(f"{os.getpid()}\n{cluster.data}\n")
    bring_up([part])
    assert ask(cluster, "SELECT 1") == 1


def test_a_server_that_the_stack_did_not_start_is_not_adopted(durable_cluster: tuple[Cluster, Part]) -> None:
    cluster, first = durable_cluster
    other = postgres.part(cluster, Places(first.child.log.parent.parent))
    with pytest.raises(StackError, match=rf"did not start \(process {first.child.pid}\)"):
        other.start()


def test_each_role_sees_its_own_database_only(durable_cluster: tuple[Cluster, Part]) -> None:
    cluster, _ = durable_cluster
    url = make_url(cluster.engine_url).set(drivername="postgresql", database="renewal")
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url.render_as_string(hide_password=False))
    assert ask(cluster, "SHOW synchronous_commit", "prefect") == "off"
    assert ask(cluster, "SHOW synchronous_commit", "renewal") == "on"
    assert ask(cluster, "SELECT count(*) FROM pg_extension WHERE extname = 'pg_trgm'", "prefect") == 1


def test_a_test_may_have_a_database_of_its_own(durable_cluster: tuple[Cluster, Part]) -> None:
    cluster, _ = durable_cluster
    url = make_database(cluster, "worker_1")
    assert url == make_database(cluster, "worker_1")
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("CREATE TABLE mine (n int)")


def test_lost_secrets_are_named_with_the_remedy(durable_cluster: tuple[Cluster, Part]) -> None:
    _, part = durable_cluster
    take_down([part])
    places = Places(part.child.log.parent.parent)
    places.secrets.unlink()
    with (
        pytest.raises(StackError, match=r"other secrets than those in local.env.*make clean"),
        running(postgres.part(cluster_in(places, durable=True), places)),
    ):
        pass


def test_a_root_that_postgres_cannot_follow_gets_another_place(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs PostgreSQL as somebody else")
    secrets = Places(tmp_path / "var")
    secrets.make()
    tmp_path.chmod(0o700)
    cluster = cluster_in(secrets, durable=False)
    try:
        assert not cluster.home.is_relative_to(tmp_path)
        assert cluster.home.owner() == "postgres"
    finally:
        clean(secrets)
    assert not cluster.home.exists()

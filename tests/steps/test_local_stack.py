"""The local stack with real processes: it keeps its data, survives kills, leaves nothing behind, and runs once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import psycopg
import pytest
from minio import Minio, S3Error

from infra.settings import StoreSettings
from infra.stack import (
    AppPart,
    LocalStack,
    PartFailedError,
    Places,
    StackError,
    marks,
    postgres,
    procfs,
    running_environment,
)
from infra.stack.clean import clean
from infra.stack.part import Part
from infra.stack.places import CHECKOUT
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from infra.stack.process import Child, Command
from infra.stack.sequence import bring_up, take_down
from tests.stack_fixtures import cluster_in, private_places, running


@pytest.fixture
def places() -> Iterator[Places]:
    with private_places() as made:
        yield made


def soon(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def ask(cluster: Cluster, statement: str, database: str = "postgres") -> object:
    with cluster.connect(database) as connection:
        answer = connection.execute(statement.encode())
        row = answer.fetchone() if answer.description else None
        return row[0] if row else None


def python(name: str, code: str) -> Command:
    return Command(
        name=name, words=(sys.executable, "-c", code), folder=CHECKOUT, environment={"PATH": os.environ["PATH"]}
    )


def script(code: str, *words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True)  # noqa: S603 - the tests' own


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
    url = cluster.engine_url.replace("+asyncpg", "").removesuffix("/prefect") + "/renewal"
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        psycopg.connect(url)
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


def test_prefect_runs_on_postgresql_with_the_settings_that_keep_its_task_rows(prefect_api: str) -> None:
    settings = httpx.get(f"{prefect_api}/admin/settings").json()["server"]
    assert settings["services"]["task_run_recorder"]["batch_size"] == 50
    assert settings["services"]["pause_expirations"]["loop_seconds"] == 60
    assert settings["services"]["late_runs"]["enabled"] is False
    assert settings["database"]["sqlalchemy"]["max_overflow"] == 0
    assert settings["analytics_enabled"] is False


def test_a_stranger_page_may_not_talk_to_prefect(prefect_api: str) -> None:
    wish = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    assert httpx.options(f"{prefect_api}/flows/", headers=wish).status_code == 400


def test_minio_lets_in_who_has_its_secrets_only(minio_server: StoreSettings) -> None:
    assert minio_server.endpoint
    assert minio_server.access_key
    assert minio_server.secret_key
    access_key, secret = (key.get_secret_value() for key in (minio_server.access_key, minio_server.secret_key))
    client = Minio(minio_server.endpoint, access_key=access_key, secret_key=secret, secure=False)
    client.make_bucket("renewals")
    assert client.bucket_exists("renewals")
    stranger = Minio(minio_server.endpoint, access_key=access_key, secret_key="guessed", secure=False)
    with pytest.raises(S3Error, match="SignatureDoesNotMatch"):
        stranger.list_buckets()


def test_a_child_dies_with_its_killed_parent(places: Places) -> None:
    parent = f"""
import time
from pathlib import Path
from infra.stack.places import Places
from infra.stack.process import Child
from tests.steps.test_local_stack import python
child = Child(python("sleeper", "import time; time.sleep(600)"), Places(Path({str(places.var)!r})))
child.start()
print(child.pid, flush=True)
time.sleep(600)
"""
    with script(parent) as process:
        assert process.stdout is not None
        pid = int(process.stdout.readline())
        assert procfs.look(pid) is not None
        process.kill()
    assert soon(lambda: procfs.look(pid) is None)


def family_of(code: str) -> str:
    return f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"


def test_the_next_start_stops_what_a_killed_run_left_and_nothing_else(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marks, "PATIENCE", 0.5)
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('up', flush=True)\ntime.sleep(600)"
    )
    left = Child(python("left", family_of(deaf)), places)
    left.start()
    try:
        assert soon(lambda: "up" in left.log.read_text())
        grandchild = next(process.pid for process in procfs.session_members(left.pid) if process.pid != left.pid)
        mark_a_stranger(places.marks / "stranger.json")
        (places.marks / "cut-short.json").write_text('{"pid": 1')
        assert marks.stop_leftovers(places.marks) == ["left"]
        assert procfs.look(grandchild) is None
        assert list(places.marks.iterdir()) == []
    finally:
        left.kill()


def mark_a_stranger(file: Path) -> None:
    """As if our number had belonged to a child of a run long ago."""
    marks.write(file, os.getpid(), stop_signal=signal.SIGKILL)
    ours = marks.read(file)
    assert ours is not None
    file.write_text(file.read_text().replace(str(ours.started), str(ours.started - 1)))


def test_stopping_a_child_ends_what_it_started_too(places: Places) -> None:
    child = Child(python("family", family_of("print('up', flush=True); import time; time.sleep(600)")), places)
    child.start()
    try:
        assert soon(lambda: "up" in child.log.read_text())
        assert len(procfs.session_members(child.pid)) == 2
    finally:
        child.stop()
    assert soon(lambda: not procfs.session_members(child.pid))


STAND_IN = """
import http.server, sys
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("127.0.0.1", int(sys.argv[2])), Page).serve_forever()
"""

WHOLE_STACK = """
import sys
from pathlib import Path
from infra.stack import AppPart, LocalStack, Places
from tests.steps.test_local_stack import STAND_IN
migrate = AppPart(name="migrate", title="Migrate", command=(sys.executable, "-c", ""), one_shot=True)
web = AppPart(name="web", title="Web", command=(sys.executable, "-c", STAND_IN), port="web",
              needs=frozenset({"migrate"}))
with LocalStack(places=Places(Path(sys.argv[1])), apps=[migrate, web], private_ports=True) as stack:
    print(*(part.child.pid for part in stack.parts.values() if not part.one_shot), flush=True)
    stack.wait()
"""


def test_a_whole_stack_runs_once_is_found_by_other_commands_and_ends_on_sigterm(places: Places) -> None:
    with script(WHOLE_STACK, str(places.var)) as first:
        assert first.stdout is not None
        pids = [int(word) for word in first.stdout.readline().split()]
        assert len(pids) in {3, 4}
        told = running_environment(places)
        with psycopg.connect(told["RENEWAL_DATABASE_URL"].replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("renewal",)
        with (
            pytest.raises(StackError, match=f"already runs from this folder .process {first.pid}"),
            LocalStack(places=places),
        ):
            pass
        with pytest.raises(StackError, match="already runs"):
            clean(places)
        first.terminate()
        assert first.wait(timeout=60) == 128 + signal.SIGTERM
    assert [pid for pid in pids if procfs.look(pid)] == []
    assert not list(places.marks.iterdir())
    with pytest.raises(StackError, match="make run"):
        running_environment(places)
    clean(places)
    assert list(places.var.iterdir()) == [places.lock]


def test_a_part_that_fails_takes_the_stack_down_and_shows_its_log(places: Places) -> None:
    broken = AppPart(
        name="web", title="Web", command=(sys.executable, "-c", "raise SystemExit('no templates')"), port="web"
    )
    with (
        pytest.raises(PartFailedError, match=r"web ended with code 1(?s:.*)no templates"),
        LocalStack(places=places, apps=[broken], private_ports=True),
    ):
        pass
    assert procfs.working_in(places.cluster / "data") == []


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

"""The whole local stack, and the parts that others made, as real processes."""

import signal
import subprocess
import sys

import httpx
import psycopg
import pytest
from minio import Minio, S3Error

from infra.settings import StoreSettings
from infra.stack import AppPart, LocalStack, PartFailedError, Places, StackError, procfs, running_environment
from infra.stack.clean import clean
from infra.stack.places import CHECKOUT


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


def test_a_whole_stack_runs_once_is_found_by_other_commands_and_ends_on_sigterm(own_places: Places) -> None:
    command = [sys.executable, "-c", WHOLE_STACK, str(own_places.var)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as first:  # noqa: S603 - ours
        assert first.stdout is not None
        pids = [int(word) for word in first.stdout.readline().split()]
        assert len(pids) in {3, 4}
        told = running_environment(own_places)
        with psycopg.connect(told["RENEWAL_DATABASE_URL"].replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("renewal",)
        with (
            pytest.raises(StackError, match=f"already runs from this folder .process {first.pid}"),
            LocalStack(places=own_places),
        ):
            pass
        with pytest.raises(StackError, match="already runs"):
            clean(own_places)
        first.terminate()
        assert first.wait(timeout=60) == 128 + signal.SIGTERM
    assert [pid for pid in pids if procfs.look(pid)] == []
    assert not list(own_places.marks.iterdir())
    with pytest.raises(StackError, match="make run"):
        running_environment(own_places)
    clean(own_places)
    assert list(own_places.var.iterdir()) == [own_places.lock]


def test_a_part_that_fails_takes_the_stack_down_and_shows_its_log(own_places: Places) -> None:
    broken = AppPart(
        name="web", title="Web", command=(sys.executable, "-c", "raise SystemExit('no templates')"), port="web"
    )
    with (
        pytest.raises(PartFailedError, match=r"web ended with code 1(?s:.*)no templates"),
        LocalStack(places=own_places, apps=[broken], private_ports=True),
    ):
        pass
    assert procfs.working_in(own_places.cluster / "data") == []

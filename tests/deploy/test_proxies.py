"""HAProxy's configurations, run for real: what staff may not do, who is named, and which server is asked."""

import os
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from infra.stack.ports import LOOPBACK, any_free
from tests.deploy.conftest import DEPLOY, run, tool
from tests.stack_fixtures import soon

PERSON = {"X-Forwarded-Email": "officer@ministry.example"}
STAFF = DEPLOY / "chart" / "files" / "staff.cfg"
PREFECT = DEPLOY / "proxy" / "prefect.cfg"
EDGE = DEPLOY / "proxy" / "edge.cfg"


class Server(ThreadingHTTPServer):
    """Answers everything with its own name, or 503 while it is `broken`."""

    def __init__(self, name: str) -> None:
        super().__init__((LOOPBACK, 0), Answering)
        self.name, self.broken = name, False
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.server_port}"


class Answering(BaseHTTPRequestHandler):
    server: Server

    def answer(self) -> None:
        body = self.server.name.encode()
        self.send_response(503 if self.server.broken else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Any method is answered in the same way."""
        if name.startswith("do_"):
            return self.answer
        raise AttributeError(name)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def server(name: str) -> Iterator[Server]:
    with Server(name) as running:
        yield running
        running.shutdown()


@contextmanager
def proxy(configuration: Path, log: Path, **environment: str) -> Iterator[None]:
    [port] = [int(value.rpartition(":")[2]) for name, value in environment.items() if name.endswith("_LISTEN")]
    words = [tool("haproxy"), "-db", "-f", str(configuration)]
    with log.open("wb") as out:
        told = {**os.environ, **environment}
        running = subprocess.Popen(words, env=told, stdout=out, stderr=out)  # noqa: S603 - our own configuration
    try:
        assert soon(lambda: listens(port)), log.read_text()
        yield
    finally:
        running.kill()
        running.wait()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((LOOPBACK, port)) == 0


@pytest.fixture
def staff(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    [port] = any_free(1)
    log = tmp_path / "staff.log"
    with (
        server("prefect") as prefect,
        proxy(STAFF, log, STAFF_LISTEN=f"{LOOPBACK}:{port}", PREFECT_SERVER=prefect.address),
    ):
        yield f"http://{LOOPBACK}:{port}", log


REFUSED = (
    ("DELETE", "/api/flow_runs/1"),
    ("DELETE", "/api/deployments/1"),
    ("POST", "/api/block_documents/"),
    ("PATCH", "/api/block_documents/1"),
    ("POST", "/api/variables/"),
    ("POST", "/api/admin/database/clear"),
    ("POST", "/api/deployments/"),
    ("POST", "/api/work_pools/"),
)
ALLOWED = (
    ("GET", "/"),
    ("POST", "/api/flow_runs/filter"),
    ("POST", "/api/flow_runs/1/set_state"),
    ("POST", "/api/deployments/1/create_flow_run"),
    ("PATCH", "/api/work_queues/1"),
    ("POST", "/api/block_documents/filter"),
    ("GET", "/api/admin/settings"),
)


@pytest.mark.parametrize(("method", "path"), REFUSED)
def test_staff_may_not(staff: tuple[str, Path], method: str, path: str) -> None:
    assert httpx.request(method, staff[0] + path, headers=PERSON).status_code == 403


@pytest.mark.parametrize(("method", "path"), ALLOWED)
def test_staff_may(staff: tuple[str, Path], method: str, path: str) -> None:
    assert httpx.request(method, staff[0] + path, headers=PERSON).status_code == 200


def test_who_did_what_is_logged_and_nobody_comes_without_a_name(staff: tuple[str, Path]) -> None:
    address, log = staff
    assert httpx.get(f"{address}/api/health").status_code == 401
    assert httpx.post(f"{address}/api/flow_runs/1/set_state", headers=PERSON).status_code == 200
    line = "200 POST /api/flow_runs/1/set_state user=officer@ministry.example"
    assert soon(lambda: line in log.read_text()), log.read_text()


def test_a_server_without_its_database_is_not_asked_and_the_other_is(tmp_path: Path) -> None:
    [port] = any_free(1)
    address = f"http://{LOOPBACK}:{port}/api/health"
    with (
        server("one") as one,
        server("two") as two,
        proxy(
            PREFECT,
            tmp_path / "prefect.log",
            PREFECT_LISTEN=f"{LOOPBACK}:{port}",
            PREFECT_API_ONE=one.address,
            PREFECT_API_TWO=two.address,
        ),
    ):
        assert soon(lambda: {httpx.get(address).text for _ in range(4)} == {"one", "two"})
        one.broken = True
        assert soon(lambda: all(httpx.get(address).text == "two" for _ in range(4)))
        two.broken = True
        assert soon(lambda: httpx.get(address).status_code == 503)
        one.broken = two.broken = False
        assert soon(lambda: {httpx.get(address).text for _ in range(4)} == {"one", "two"})


@pytest.fixture
def certificates(tmp_path: Path) -> Path:
    folder = tmp_path / "certificates"
    folder.mkdir()
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    made = run(
        *(tool("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=renewal.example"),
    )
    assert made.returncode == 0, made.stderr
    (folder / "edge.pem").write_text(key.read_text() + certificate.read_text())
    return folder


def test_the_edge_leads_each_name_to_its_own_and_no_other_name_anywhere(tmp_path: Path, certificates: Path) -> None:
    [port] = any_free(1)
    with (
        server("web") as web,
        server("sign-in") as sign_in,
        proxy(
            EDGE,
            tmp_path / "edge.log",
            EDGE_LISTEN=f"{LOOPBACK}:{port}",
            EDGE_CERTIFICATES=str(certificates),
            WEB_HOST="renewal.example",
            WEB_SERVERS=f"localhost:{web.server_port}",
            STAFF_HOST="staff.example",
            SIGN_IN_SERVER=f"localhost:{sign_in.server_port}",
        ),
    ):
        unchecked = ssl._create_unverified_context()  # noqa: S323 - the test's own certificate
        address = f"https://{LOOPBACK}:{port}/health"

        def asked(host: str, **more: str) -> httpx.Response:
            return httpx.get(address, headers={"Host": host, **more}, verify=unchecked)

        assert soon(lambda: asked("renewal.example").text == "web")
        assert soon(lambda: asked("staff.example").text == "sign-in")
        assert "max-age" in asked("renewal.example").headers["strict-transport-security"]
        assert asked("elsewhere.example").status_code == 421
        large = httpx.post(address, headers={"Host": "renewal.example"}, content=b"x" * 70_000, verify=unchecked)
        assert large.status_code == 413
        with pytest.raises(httpx.HTTPError):
            httpx.get(address.replace("https", "http")).raise_for_status()

"""`manage.py demo` in a clone of this checkout, run once, and what it left, with its stack started once more."""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import psycopg
import pytest

from infra.database import all_of, unit_of_work
from infra.demo.applications import POPULATION
from infra.demo.report import REPORT
from infra.demo.stories import read_stories
from infra.sandbox.population import Population, Resident
from infra.settings import Settings
from infra.stack import LocalStack, Places, minio
from infra.stack.application import MIGRATE, SANDBOX
from infra.stack.environment import base_environment
from infra.stack.local_secrets import LocalSecrets
from infra.stack.ports import LOOPBACK
from infra.stack.ports import Ports as Listening
from infra.stack.postgres_cluster import ENGINE, Cluster
from infra.wiring import Ports, build
from models.base import Record
from tests import checkout
from tests.stack_fixtures import missing

Entry = dict[str, Any]
PATIENCE: Final = 420.0


@dataclass(frozen=True)
class DemoRun:
    said: str
    places: Places
    stack: LocalStack
    ports: Ports

    @property
    def folder(self) -> Path:
        return self.places.var / "demo"

    @property
    def entries(self) -> list[Entry]:
        """`report.json`."""
        entries: list[Entry] = json.loads((self.folder / REPORT).read_text("utf-8"))
        return entries

    def entries_by_story(self) -> dict[str, list[Entry]]:
        left = iter(self.entries)
        stories = read_stories(self.folder / "applications")
        return {each.folder: [next(left) for _ in range(sum(each.expected.values()))] for each in stories}

    def people(self) -> list[Resident]:
        return list(Population.read(self.folder / "applications" / POPULATION).people.values())

    def rows(self, kind: type[Any], /, **equals: object) -> list[Any]:
        with unit_of_work(self.ports.engine) as session:
            rows: list[Record] = all_of(session, kind, **equals)
        return rows

    def bank(self) -> list[dict[str, Any]]:
        """The sandbox's own books."""
        ledger: list[dict[str, Any]] = httpx.get(f"{self.stack.ports.url('sandbox')}/__sandbox__/ledger").json()
        return ledger

    def flow_run(self, run_id: str) -> dict[str, Any]:
        found = httpx.get(f"{self.stack.ports.url('prefect')}/api/flow_runs/{run_id}").raise_for_status()
        run: dict[str, Any] = found.json()
        return run

    def prefect_database(self) -> psycopg.Connection[tuple[object, ...]]:
        secrets = LocalSecrets.kept_in(self.places.secrets)
        return Cluster.at(self.places.cluster, port=self.stack.ports.database, secrets=secrets).connect(ENGINE)


@contextmanager
def finished_demo() -> Iterator[DemoRun]:
    with _clone() as clone:
        with _friendly_ports_taken():
            said = _run(clone)
        places = Places(clone / "var")
        stack = LocalStack(places=places, apps=(MIGRATE, SANDBOX), private_ports=True)
        with stack, pytest.MonkeyPatch.context() as patch:
            for name, value in stack.environment.items():
                patch.setenv(name, value)
            ports = build(Settings())
            try:
                yield DemoRun(said, places, stack, ports)
            finally:
                ports.close()


@contextmanager
def _clone() -> Iterator[Path]:
    """The checkout's files where the user `postgres` can enter, with MinIO's program and an empty `var/` else."""
    clone = Path(tempfile.mkdtemp(prefix="renewal-demo-"))
    clone.chmod(0o711)
    try:
        for file in checkout.files():
            to = clone / checkout.name(file)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, to)
        _bring_minio(Places(clone / "var"))
        yield clone
    finally:
        shutil.rmtree(clone)


def _bring_minio(places: Places) -> None:
    program = minio.find_program()
    if program is None:
        missing("no MinIO program is here; `make minio` builds one")
        return
    places.programs.mkdir(parents=True)
    (places.programs / "minio").symlink_to(program)


@contextmanager
def _friendly_ports_taken() -> Iterator[None]:
    """So that the demo takes others: a stack that somebody starts at the same moment would want these."""
    with ExitStack() as held:
        for port in asdict(Listening()).values():
            taken = held.enter_context(socket.socket())
            taken.setsockopt(
                socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
            )  # a connection that just ended is not in the way
            try:
                taken.bind((LOOPBACK, port))
                taken.listen()
            except OSError:  # somebody has it already
                continue
        yield


def _run(clone: Path) -> str:
    """What the demo printed; the test fails when it does not end well."""
    environment = {name: value for name, value in base_environment().items() if not name.startswith("RENEWAL_")}
    done = subprocess.run(
        [sys.executable, "manage.py", "demo"],
        cwd=clone,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout

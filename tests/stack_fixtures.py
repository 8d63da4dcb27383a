"""The real parts of the stack for tests: one of each per pytest process, private folder, ports nobody else wants.

A machine without a part skips the tests that need it; with `CI` set they fail instead.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from infra.settings import StoreSettings
from infra.stack import minio, postgres, prefect_server
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.postgres_cluster import Cluster
from infra.stack.sequence import bring_up, take_down


@contextmanager
def private_places() -> Iterator[Places]:
    """A folder that the user `postgres` can enter too, which pytest's own are not."""
    folder = Path(tempfile.mkdtemp(prefix="renewal-tests-"))
    folder.chmod(0o711)
    places = Places(folder / "var")
    places.make()
    try:
        yield places
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(part: Part) -> Iterator[Part]:
    try:
        bring_up([part])
        yield part
    finally:
        take_down([part])


def soon(condition: Callable[[], bool], seconds: float = 15.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False


def missing(what: str) -> Any:
    if os.environ.get("CI"):
        pytest.fail(what, pytrace=False)
    pytest.skip(what)


def cluster_in(places: Places, *, durable: bool) -> Cluster:
    try:
        secrets = LocalSecrets.kept_in(places.secrets)
        return Cluster.at(places.cluster, port=Ports.private().database, secrets=secrets, durable=durable)
    except StackError as error:
        return missing(str(error))


@pytest.fixture(scope="session")
def stack_places() -> Iterator[Places]:
    with private_places() as places:
        yield places


@pytest.fixture(scope="session")
def postgres_cluster(stack_places: Places) -> Iterator[Cluster]:
    """Quick, and lost in a power cut; `postgres_databases.make_database` gives a database of one's own."""
    cluster = cluster_in(stack_places, durable=False)
    with running(postgres.part(cluster, stack_places)):
        yield cluster


@pytest.fixture
def own_places() -> Iterator[Places]:
    """The test's own, for tests that kill."""
    with private_places() as places:
        yield places


@pytest.fixture
def durable_cluster() -> Iterator[tuple[Cluster, Part]]:
    """A cluster of the test's own, as in earnest, with the part to kill and start again."""
    with private_places() as places:
        cluster = cluster_in(places, durable=True)
        with running(postgres.part(cluster, places)) as part:
            yield cluster, part


@pytest.fixture(scope="session")
def prefect_api(stack_places: Places, postgres_cluster: Cluster) -> Iterator[str]:
    """The API address of a real Prefect server on PostgreSQL."""
    ports = Ports.private()
    with running(prefect_server.part(stack_places, ports, database_url=postgres_cluster.engine_url)):
        yield f"{ports.url('prefect')}/api"


@pytest.fixture(scope="session")
def minio_server(stack_places: Places) -> Iterator[StoreSettings]:
    """The settings that reach a real MinIO."""
    program = minio.find_program()
    if program is None:
        missing("no MinIO program is here; `make minio` builds one")
    ports = Ports.private()
    secrets = LocalSecrets.kept_in(stack_places.secrets)
    with running(minio.part(program, stack_places, ports, secrets)):
        yield StoreSettings(
            endpoint=f"{LOOPBACK}:{ports.documents}",
            access_key=SecretStr(secrets.documents_access_key.get_secret_value()),
            secret_key=SecretStr(secrets.documents_secret_key.get_secret_value()),
        )

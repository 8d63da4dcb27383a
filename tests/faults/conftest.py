"""Parts to break: a proxy before PostgreSQL, a MinIO of one's own, the product over each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine

from infra.database import open_engine
from infra.settings import StoreSettings
from infra.stack import minio
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.postgres_cluster import Cluster
from infra.storage import open_store
from infra.wiring import installed
from tests.cutting_proxy import CuttingProxy
from tests.site import Site
from tests.stack_fixtures import missing, private_places, running
from tests.stored import Stored
from tests.world import PUBLIC_URL, World, world_over
from web.app import create_app


@pytest.fixture
def site(world: World) -> Site:
    return Site(create_app(world.ports), PUBLIC_URL)


@pytest.fixture
def database_proxy(postgres_cluster: Cluster) -> Iterator[CuttingProxy]:
    proxy = CuttingProxy(LOOPBACK, postgres_cluster.port)
    yield proxy
    proxy.close()


@pytest.fixture
def world_behind_proxy(business_engine: Engine, database_proxy: CuttingProxy, tmp_path: Path) -> Iterator[World]:
    """The product, whose every word with the database passes the proxy."""
    url = business_engine.url.set(host=LOOPBACK, port=database_proxy.port, query={})
    engine = open_engine(url.render_as_string(hide_password=False), pool_size=8)
    with world_over(engine, tmp_path / "store") as made:
        yield made


@pytest.fixture(scope="session")
def minio_part() -> Iterator[tuple[Part, StoreSettings, Places]]:
    """A MinIO that only this folder's tests use: they stop and break it, and leave it running."""
    program = minio.find_program()
    if program is None:
        missing("no MinIO program is here; `make minio` builds one")
    with private_places() as places:
        ports, secrets = Ports.private(), LocalSecrets.kept_in(places.secrets)
        settings = StoreSettings(
            endpoint=f"{LOOPBACK}:{ports.documents}",
            access_key=SecretStr(secrets.documents_access_key.get_secret_value()),
            secret_key=SecretStr(secrets.documents_secret_key.get_secret_value()),
        )
        with running(minio.part(program, places, ports, secrets)) as part:
            yield part, settings, places


@pytest.fixture
def store_proxy(minio_part: tuple[Part, StoreSettings, Places]) -> Iterator[CuttingProxy]:
    host, _, port = (minio_part[1].endpoint or "").partition(":")
    proxy = CuttingProxy(host, int(port))
    yield proxy
    proxy.close()


@pytest.fixture
def stored(world: World, minio_part: tuple[Part, StoreSettings, Places], store_proxy: CuttingProxy) -> Iterator[Stored]:
    """The product with its objects in a bucket of MinIO, through the proxy."""
    part, settings, places = minio_part
    settings = settings.model_copy(update={"bucket": f"faults-{uuid4().hex}"})
    store = open_store(settings.model_copy(update={"endpoint": f"{LOOPBACK}:{store_proxy.port}"}))
    store.check()
    ports = replace(world.ports, store=store)
    with installed(ports):
        world.ports = ports
        yield Stored(world, Site(create_app(ports), PUBLIC_URL), part, settings, places.var / "minio")

"""`world`: an empty, migrated database and the fakes around it, for one test."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Engine

from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from tests.empty import empty_database

if TYPE_CHECKING:
    from tests.world import World

_DATABASE = "business_tests"


@pytest.fixture(scope="session")
def migrated_engine(postgres_cluster: Cluster) -> Iterator[Engine]:
    """On a database of this test process, at the newest migration. One engine: it remembers the SQL that it wrote."""
    from infra.database import open_engine  # noqa: PLC0415 - these take long to import, and few tests need them
    from infra.schema import migrate  # noqa: PLC0415

    engine = open_engine(make_database(postgres_cluster, _DATABASE), pool_size=8)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def business_engine(postgres_cluster: Cluster, migrated_engine: Engine) -> Engine:
    """The database without a row, whatever came before. To empty it takes milliseconds, to copy a template longer."""
    migrated_engine.dispose()
    with postgres_cluster.connect(_DATABASE) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    empty_database(postgres_cluster, _DATABASE)
    return migrated_engine


@pytest.fixture
def world(business_engine: Engine, tmp_path: Path) -> Iterator["World"]:
    from tests.world import world_over  # noqa: PLC0415 - imports Prefect, which takes seconds

    with world_over(business_engine, tmp_path / "store") as made:
        yield made

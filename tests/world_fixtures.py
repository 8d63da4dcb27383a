"""`world`: a fresh, migrated database and the fakes around it, for one test."""

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from infra.stack.postgres_cluster import BUSINESS, Cluster
from infra.stack.postgres_databases import make_database

if TYPE_CHECKING:
    from tests.world import World

_TEMPLATE = "business_template"
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def business_template(postgres_cluster: Cluster) -> str:
    """The name of a database at the newest migration, which nobody is connected to."""
    from infra.schema import migrate  # noqa: PLC0415 - takes long to import, and few tests need it

    engine = create_engine(make_database(postgres_cluster, _TEMPLATE), poolclass=NullPool)
    migrate(engine)
    engine.dispose()
    return _TEMPLATE


@pytest.fixture
def business_url(postgres_cluster: Cluster, business_template: str) -> Iterator[str]:
    """A copy of the template: rows that may never be deleted go with their database."""
    name = f"business_{next(_NUMBERS)}"
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}")
    names = map(sql.Identifier, (name, business_template, BUSINESS))
    with postgres_cluster.connect() as connection:
        connection.execute(copy.format(*names))
        try:
            yield postgres_cluster.url_of(name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def world(business_url: str, tmp_path: Path) -> Iterator["World"]:
    from tests.world import world_over  # noqa: PLC0415 - imports Prefect, which takes seconds

    with world_over(business_url, tmp_path / "store") as made:
        yield made

"""PostgreSQL restarts between two pieces of work: the pool's dead connections are nobody's trouble."""

import time
from contextlib import ExitStack

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from infra.database import REST_SECONDS
from infra.errors import DatabaseError
from infra.stack.postgres_cluster import Cluster
from tests.world import World


def use(engine: Engine, *, connections: int = 1) -> None:
    with ExitStack() as stack:
        for session in [stack.enter_context(Session(engine)) for _ in range(connections)]:
            assert session.execute(text("select 1")).scalar_one() == 1


def cut_off_all(cluster: Cluster, engine: Engine) -> None:
    with cluster.connect() as administrator:
        administrator.execute(
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = %s", (engine.url.database,)
        )


def test_connections_that_died_at_rest_are_replaced_without_a_word(postgres_cluster: Cluster, world: World) -> None:
    engine = world.ports.engine
    use(engine, connections=3)
    cut_off_all(postgres_cluster, engine)
    time.sleep(REST_SECONDS)
    use(engine, connections=3)


def test_a_connection_cut_off_right_after_its_work_is_trouble_once_and_takes_the_others_with_it(
    postgres_cluster: Cluster, world: World
) -> None:
    engine = world.ports.engine
    use(engine, connections=3)
    cut_off_all(postgres_cluster, engine)
    with pytest.raises(DatabaseError):
        use(engine)
    use(engine, connections=3)

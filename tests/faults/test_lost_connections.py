"""PostgreSQL restarts between two pieces of work: the pool's dead connections are nobody's trouble."""

from sqlalchemy import text
from sqlmodel import Session

from infra.stack.postgres_cluster import Cluster
from tests.world import World


def test_a_connection_that_died_in_the_pool_is_replaced_without_a_word(postgres_cluster: Cluster, world: World) -> None:
    engine = world.ports.engine
    with Session(engine) as session:
        session.execute(text("select 1"))
    with postgres_cluster.connect() as administrator:
        administrator.execute(
            "select pg_terminate_backend(pid, 2000) from pg_stat_activity where datname = %s", (engine.url.database,)
        )
    with Session(engine) as session:
        assert session.execute(text("select 1")).scalar_one() == 1

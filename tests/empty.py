"""A database without a row, made in milliseconds."""

from typing import Final

from infra.stack.postgres_cluster import Cluster

# The guards of the append-only tables sleep meanwhile.
_EMPTY: Final = """
do $$ declare name text; begin
  set local session_replication_role = replica;
  for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'alembic_version' loop
    execute format('delete from %I', name);
  end loop;
end $$
"""


def empty_database(cluster: Cluster, name: str) -> None:
    with cluster.connect(name) as connection:
        connection.execute(_EMPTY)

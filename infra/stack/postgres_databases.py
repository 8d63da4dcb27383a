"""Two roles, each with one database of its own; kept right at every start."""

from typing import Final

from psycopg import sql

from infra.stack.postgres_cluster import BUSINESS, ENGINE, Cluster

# The engine's rows can be rebuilt from the business database, so its commits need not wait for the disk; and its many
# small queries lose more to the compiler than they gain. Never for the business database.
ENGINE_SETTINGS: Final = (("synchronous_commit", "off"), ("jit", "off"))


def keep_right(cluster: Cluster) -> None:
    """Make what is missing; safe to repeat. The password of a role always becomes that of the secrets' file."""
    passwords = {
        BUSINESS: cluster.secrets.database_password,
        ENGINE: cluster.secrets.prefect_database_password,
    }
    with cluster.connect() as connection:
        for role, password in passwords.items():
            known = connection.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).fetchone() is not None
            verb = sql.SQL("ALTER" if known else "CREATE")
            words = sql.SQL("{verb} ROLE {role} LOGIN PASSWORD {password}")
            connection.execute(
                words.format(verb=verb, role=sql.Identifier(role), password=sql.Literal(password.get_secret_value()))
            )
    for role in passwords:
        make_database(cluster, role, owner=role)
    with cluster.connect() as connection:
        for name, value in ENGINE_SETTINGS:
            words = sql.SQL("ALTER DATABASE {} SET {} = {}")
            connection.execute(words.format(sql.Identifier(ENGINE), sql.Identifier(name), sql.Literal(value)))
    with cluster.connect(ENGINE) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")


def make_database(cluster: Cluster, name: str, *, owner: str = BUSINESS) -> str:
    """Make the database unless it exists, closed to other roles; return its URL for the business role."""
    with cluster.connect() as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner))
            )
        connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
    return cluster.url_of(name)

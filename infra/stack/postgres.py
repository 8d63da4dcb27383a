"""PostgreSQL as a part of the stack."""

import signal
from typing import Final

import psycopg

from infra.stack import postgres_data, postgres_databases
from infra.stack.environment import base_environment
from infra.stack.errors import StackError
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK
from infra.stack.postgres_cluster import Cluster
from infra.stack.process import Child, Command

NAME: Final = "postgres"
NOT_DURABLE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


def part(cluster: Cluster, places: Places) -> Part:
    """Ready when both databases are there and open."""
    return Part(
        title=f"PostgreSQL {cluster.programs.major}",
        child=Child(_command(cluster), places),
        prepare=lambda: postgres_data.make_ready(cluster),
        ready=lambda: _serves(cluster),
        detail=f"port {cluster.port}",
    )


def _command(cluster: Cluster) -> Command:
    options = [
        f"listen_addresses={LOOPBACK}",
        f"port={cluster.port}",
        f'unix_socket_directories="{cluster.home}"',
        "timezone=UTC",
        "max_connections=200",  # three workers, the web and three Prefect processes want more than the default hundred
        *(() if cluster.durable else NOT_DURABLE),
    ]
    words = [cluster.programs["postgres"], "-D", str(cluster.data)]
    for option in options:
        words += ["-c", option]
    return Command(
        name=NAME,
        words=tuple(words),
        folder=cluster.home,
        environment=base_environment(),
        account=cluster.account,
        stop_signal=signal.SIGINT,  # a fast shutdown: open connections are ended, what is committed is kept
    )


def _serves(cluster: Cluster) -> bool:
    try:
        postgres_databases.keep_right(cluster)
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackError(
                f"The local database in {cluster.home} was made with other secrets than those in local.env. "
                "Bring that file back, or give the data up with `make clean`."
            ) from None
        return False
    return True

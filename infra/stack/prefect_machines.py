"""Prefect on several machines: API servers that share what they hear through Redis, and their services once."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from infra.stack import postgres, prefect_server, redis
from infra.stack.environment import base_environment
from infra.stack.part import Part, answers, says
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, Command

MIGRATION: Final = "prefect-migrate"
SERVICES: Final = "prefect-services"

SHARED: Final = {
    # Each of these is kept in one server's memory unless it is told otherwise, and lost with it.
    "PREFECT_SERVER_EVENTS_MESSAGING_BROKER": "prefect_redis.messaging",
    "PREFECT_SERVER_EVENTS_MESSAGING_CACHE": "prefect_redis.messaging",
    "PREFECT_SERVER_EVENTS_CAUSAL_ORDERING": "prefect_redis.ordering",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect_redis.lease_storage",
    "PREFECT_SERVER_WORKER_CHANNEL_CLEANUP_QUEUE_STORAGE": "prefect_redis.cleanup_queue",
    # Migrations are a step of their own: two servers that start together would both run them.
    "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": "false",
    # The same with its catalogue of block types: the second server dies of it. A block that our code saves brings its
    # own type.
    "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": "false",
    # A Redis that does not answer must not hold a server for ever: without these, its sockets wait without end.
    "PREFECT_REDIS_MESSAGING_SOCKET_TIMEOUT": "20",
    "PREFECT_REDIS_MESSAGING_SOCKET_CONNECT_TIMEOUT": "5",
    "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_SOCKET_TIMEOUT": "20",
    "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_SOCKET_CONNECT_TIMEOUT": "5",
}
REDIS_ADDRESSES: Final = (
    "PREFECT_REDIS_MESSAGING_URL",  # events, their order, leases
    "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL",  # not taken from the one above: without it, this machine's port 6379
    "PREFECT_SERVER_DOCKET_URL",  # timed work
)
"""One Redis, asked for three times. Secret: it holds the password."""


CLIENT: Final = {
    # A server whose Redis has gone answers 500 to what it has done already. The client asks again, and is told what was
    # done: states carry a transition's id, new runs an idempotency key.
    "PREFECT_CLIENT_RETRY_EXTRA_CODES": "500",
}
"""For those who ask the servers: our workers."""
ENV_FILE: Final = "infra/deploy/chart/files/prefect.env"


def env_file() -> str:
    """The settings of every Prefect process that is deployed, for compose file and chart; no secret is in it."""
    words = "# Settings of every Prefect process. Written by `make docs` from infra/stack; change them there.\n"
    return words + "".join(f"{name}='{value}'\n" for name, value in {**prefect_server.SETTINGS, **SHARED}.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What every Prefect process of the installation has in common."""

    places: Places
    database_url: str
    redis_url: str
    public_url: str

    def environment(self) -> dict[str, str]:
        return {
            **base_environment(),
            **prefect_server.SETTINGS,
            **SHARED,
            **dict.fromkeys(REDIS_ADDRESSES, self.redis_url),
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": self.database_url,
            "PREFECT_API_URL": f"{self.public_url}/api",
            "PREFECT_HOME": str(self.places.var / "prefect"),
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": self.public_url,
        }


def migration(shared: Shared) -> Part:
    """Prefect's own tables, once, before any of its servers."""
    child = _child(shared, MIGRATION, ("database", "upgrade", "--yes"), {})
    needs = frozenset({postgres.NAME})
    return Part(
        title="Prefect's migrations", child=child, ready=lambda: True, needs=needs, one_shot=True, start_patience=180
    )


def api(shared: Shared, name: str, *, port: int) -> Part:
    """One API server with the UI, and without the services."""
    own = {"PREFECT_SERVER_API_HOST": LOOPBACK, "PREFECT_SERVER_API_PORT": str(port)}
    return Part(
        title=f"Prefect API ({name})",
        child=_child(shared, name, ("start", "--no-services"), own),
        port=port,
        ready=answers(port, "/api/ready"),
        needs=frozenset({MIGRATION, redis.NAME}),
        detail=f"port {port}",
        start_patience=120,
    )


def services(shared: Shared) -> Part:
    """Scheduler, event persister, task run recorder, automations, retention: all that works without being asked."""
    child = _child(shared, SERVICES, ("services", "start"), {})
    return Part(
        title="Prefect's services",
        child=child,
        ready=says(child.log, "Starting services"),
        needs=frozenset({MIGRATION, redis.NAME}),
        start_patience=120,
    )


def _child(shared: Shared, name: str, words: tuple[str, ...], own: Mapping[str, str]) -> Child:
    command = Command(
        name=name,
        words=(sys.executable, "-m", "prefect", "server", *words),
        folder=CHECKOUT,
        environment={**shared.environment(), **own},
    )
    return Child(command, shared.places)

"""The shape of several machines, as processes of this one: what runs once, what runs twice, and N workers."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from infra.stack import application, balancer, minio, postgres, prefect_machines, redis
from infra.stack.application import MIGRATE, SANDBOX, WEB, WORKER, AppPart
from infra.stack.environment import base_environment, prefect_client, renewal_settings
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import Ports, any_free
from infra.stack.postgres_cluster import Cluster

API_SERVERS: Final = ("prefect-1", "prefect-2")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machines:
    """What is to be started, in no order; `environment` is what our own processes find in theirs."""

    parts: tuple[Part, ...]
    environment: Mapping[str, str]
    ports: Ports
    workers: tuple[str, ...]


def plan(places: Places, *, workers: int) -> Machines:
    """All on ports that nobody else wants. StackError when a program is not here."""
    program = minio.find_program()
    if program is None:
        raise StackError("Several machines share documents through MinIO, which is not here; `make minio` builds it.")
    secrets = LocalSecrets.kept_in(places.secrets)
    ports, (redis_port, *api_ports) = Ports.private(), any_free(1 + len(API_SERVERS))
    cluster = Cluster.at(places.cluster, port=ports.database, secrets=secrets)
    shared = prefect_machines.Shared(
        places=places,
        database_url=cluster.engine_url,
        redis_url=redis.url(secrets, port=redis_port),
        public_url=ports.url("prefect"),
    )
    environment = {
        **prefect_client(places, ports),
        **prefect_machines.CLIENT,
        **renewal_settings(ports, secrets, database_url=cluster.business_url),
        **minio.settings(ports, secrets),
    }
    names = tuple(f"{WORKER.name}-{number}" for number in range(1, workers + 1))
    told = {**base_environment(), **environment}
    apps = (MIGRATE, SANDBOX, WEB, *(_worker(name) for name in names))
    parts = (
        *(application.part(app, places, ports, told) for app in apps),
        minio.part(program, places, ports, secrets),
        redis.part(places, secrets, port=redis_port),
        prefect_machines.migration(shared),
        *(prefect_machines.api(shared, name, port=port) for name, port in zip(API_SERVERS, api_ports, strict=True)),
        prefect_machines.services(shared),
        balancer.part(places, port=ports.prefect, servers=api_ports, needs=frozenset(API_SERVERS)),
        postgres.part(cluster, places),
    )
    return Machines(parts=parts, environment=environment, ports=ports, workers=names)


def _worker(name: str) -> AppPart:
    """As on a machine of its own: it knows nothing of the others, and reaches Prefect through the balancer."""
    needs = frozenset({*WORKER.needs, balancer.NAME, prefect_machines.SERVICES})
    return replace(WORKER, name=name, title=f"Worker ({name})", needs=needs)

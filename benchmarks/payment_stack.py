"""The processes that payments need: database, sandbox, web, and one that settles; neither Prefect nor a store."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Final

from infra.settings import Settings
from infra.stack import AppPart, Places, postgres
from infra.stack.application import MIGRATE, SANDBOX, WEB, part
from infra.stack.clean import clean
from infra.stack.environment import base_environment, renewal_settings
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import CHECKOUT
from infra.stack.ports import Ports as Listening
from infra.stack.postgres_cluster import Cluster
from infra.stack.sequence import bring_up, take_down
from infra.wiring import Ports, build

_PLACES: Final = Places(CHECKOUT / "var" / "bench-payments")
_SETTLER: Final = AppPart(
    name="settler",
    title="Settling worker",
    command=(sys.executable, "-m", "benchmarks.settler"),
    needs=frozenset({"migrate", "sandbox"}),
    line="settler_started",
)


@contextmanager
def payment_stack() -> Iterator[tuple[Ports, str, dict[str, Part]]]:
    """Our own adapters, the sandbox's address, and the parts by name; on a database as in earnest, and empty."""
    clean(_PLACES)
    _PLACES.make()
    listening, secrets = Listening.private(), LocalSecrets.kept_in(_PLACES.secrets)
    cluster = Cluster.at(_PLACES.cluster, port=listening.database, secrets=secrets)
    settings = {
        **renewal_settings(listening, secrets, database_url=cluster.business_url),
        "RENEWAL_STORE__DIRECTORY": str(_PLACES.var / "documents"),
    }
    told = {**base_environment(), **settings}
    parts = [part(app, _PLACES, listening, told) for app in (MIGRATE, SANDBOX, WEB, _SETTLER)]
    parts.append(postgres.part(cluster, _PLACES))
    before = dict(os.environ)
    try:
        bring_up(parts)
        os.environ.update(settings)
        with closing(build(Settings())) as ports:
            yield ports, listening.url("sandbox"), {each.name: each for each in parts}
    finally:
        take_down(parts)
        os.environ.clear()
        os.environ.update(before)

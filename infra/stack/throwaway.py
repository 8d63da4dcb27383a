"""A PostgreSQL cluster for one command, in a folder of its own, gone afterwards."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.stack import postgres
from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import Places
from infra.stack.ports import Ports
from infra.stack.postgres_cluster import Cluster
from infra.stack.sequence import bring_up, take_down


@contextmanager
def throwaway_database() -> Iterator[str]:
    """The address of an empty business database; quick, and not safe against a power cut."""
    folder = Path(tempfile.mkdtemp(prefix="renewal-"))
    folder.chmod(0o711)  # the user `postgres` must be able to enter
    try:
        places = Places(folder / "var")
        places.make()
        secrets = LocalSecrets.kept_in(places.secrets)
        cluster = Cluster.at(places.cluster, port=Ports.private().database, secrets=secrets, durable=False)
        part = postgres.part(cluster, places)
        try:
            bring_up([part])
            yield cluster.business_url
        finally:
            take_down([part])
    finally:
        shutil.rmtree(folder)

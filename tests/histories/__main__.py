"""`make record-histories`: freeze a case at every status, for the versions that come after this one."""

import tempfile
from pathlib import Path

from infra.database import open_engine
from infra.schema import migrate
from infra.stack import postgres
from infra.stack.postgres_databases import make_database
from tests.histories.recording import FILE, Recording
from tests.histories.tales import TALES
from tests.stack_fixtures import cluster_in, private_places, running
from tests.world import world_over

_DATABASE = "histories"


def record() -> Recording:
    with private_places() as places, tempfile.TemporaryDirectory() as store:
        cluster = cluster_in(places, durable=False)
        with running(postgres.part(cluster, places)):
            engine = open_engine(make_database(cluster, _DATABASE), pool_size=4)
            migrate(engine)
            with world_over(engine, Path(store)) as world:
                cases = {name: tell(world) for name, tell in TALES.items()}
                return Recording.of(world, cluster, _DATABASE, cases)


if __name__ == "__main__":
    recording = record()
    recording.write()
    print(f"{len(recording.cases)} cases, {FILE.stat().st_size // 1024} KB: {FILE}")  # noqa: T201 - for the terminal

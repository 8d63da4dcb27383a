"""release_waiting: cases out of the intake queue, as a step that staff see in the Prefect UI."""

from functools import partial

from anyio import to_thread
from prefect import task
from prefect.cache_policies import NO_CACHE

from infra.queue import release_cases
from infra.wiring import ports
from models.service import Service


@task(cache_policy=NO_CACHE, persist_result=False)
async def release_waiting(how_many: int, service: Service | None) -> int:
    """How many were released. Run again, it releases the next ones: not retried by itself."""
    release = partial(release_cases, ports(), actor="prefect-ui", limit=how_many, service=service)
    return len(await to_thread.run_sync(release))

"""summarise_day: a day's figures out of the database, the workers' states out of Prefect, published as artifacts."""

from datetime import date, timedelta
from functools import partial
from typing import Final

from anyio import to_thread
from prefect import get_client, task
from prefect.artifacts import acreate_image_artifact, acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.filters import WorkerFilter, WorkQueueFilter

from infra.clock import kuwait_date
from infra.day_summary import read_day
from infra.wiring import ports
from models.errors import InputError
from tasks.day_chart import data_url, day_chart
from tasks.day_page import PoolState, WorkerState, day_page

KEY: Final = "summary"
CHART_KEY: Final = "summary-chart"


@task(cache_policy=NO_CACHE, persist_result=False)
async def summarise_day(day: date | None) -> str:
    """What was published, in a sentence. Of yesterday in Kuwait unless told otherwise; run again, it counts anew."""
    now = ports().now()
    today = kuwait_date(now)
    wanted = day or today - timedelta(days=1)
    if wanted > today:
        raise InputError("day", "has not begun yet in Kuwait; give today or an earlier day")
    found = await to_thread.run_sync(partial(read_day, ports().engine, wanted, now=now))
    chart = data_url(day_chart(found))
    page = day_page(found, await _pool_state(), chart=chart)
    await acreate_markdown_artifact(key=KEY, markdown=page, description=f"The day {wanted:%d/%m/%Y}")
    await acreate_image_artifact(image_url=chart, key=CHART_KEY, description=f"The day {wanted:%d/%m/%Y}, as a chart")
    return f"The summary of {wanted:%d/%m/%Y} is among this run's artifacts."


async def _pool_state() -> PoolState:
    """As Prefect has it at this moment; the only part of the page that is not out of our database."""
    pool = ports().settings.worker.work_pool
    async with get_client() as client:
        workers = await client.read_workers_for_work_pool(pool, worker_filter=WorkerFilter(), limit=200, offset=0)
        queues = await client.read_work_queues(
            work_pool_name=pool, work_queue_filter=WorkQueueFilter(), limit=200, offset=0
        )
    return PoolState(
        workers=[WorkerState(each.name, each.status.value.lower(), each.last_heartbeat_time) for each in workers],
        paused=[each.name for each in queues if each.is_paused],
    )

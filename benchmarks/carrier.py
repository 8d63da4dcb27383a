"""`python -m benchmarks.carrier`: the outbox's carrier alone, for when Prefect's own worker runs the renewals."""

import anyio
import structlog
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.workers.process import ProcessWorker

from benchmarks.beside import beside_the_runs
from benchmarks.stacks import STOCK_LIMIT, STOCK_POOL
from flows.deploy import deploy
from infra.log import set_up
from infra.outbox import carry
from infra.wiring import ports
from infra.workflows import Launcher


async def main() -> None:
    """Put the same deployments into a pool of type `process`, then carry the outbox, as our worker does beside runs."""
    async with get_client() as client, Launcher() as launcher:
        template = ProcessWorker.get_default_base_job_template()
        try:
            await client.create_work_pool(
                WorkPoolCreate(
                    name=STOCK_POOL, type="process", base_job_template=template, concurrency_limit=STOCK_LIMIT
                )
            )
        except ObjectAlreadyExists:
            structlog.get_logger().info("pool_known", pool=STOCK_POOL)
        await deploy(client, work_pool=STOCK_POOL)
        structlog.get_logger().info("carrier_started")
        poll_seconds = ports().settings.worker.poll_seconds
        async with anyio.create_task_group() as group:
            group.start_soon(beside_the_runs, ports())
            await carry(ports(), launcher, poll_seconds=poll_seconds / 2)


if __name__ == "__main__":
    set_up(json=True)
    anyio.run(main)

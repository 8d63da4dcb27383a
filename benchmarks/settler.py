"""`python -m benchmarks.settler`: the settling of payments alone, as our worker does it beside the runs."""

import anyio
import structlog

from infra.log import set_up
from infra.payments.due import settle_for_ever
from infra.wiring import ports


async def main() -> None:
    structlog.get_logger().info("settler_started")
    await settle_for_ever(ports(), poll_seconds=ports().settings.worker.poll_seconds)


if __name__ == "__main__":
    set_up(json=True)
    anyio.run(main)

"""What our worker does beside the runs: payments are settled, people are told, the queue is ranked."""

from functools import partial

import anyio

from infra.messages.sending import send_for_ever
from infra.payments.due import settle_for_ever
from infra.ranking import rank_for_ever
from infra.wiring import Ports


async def beside_the_runs(ports: Ports) -> None:
    """For ever, as often as the worker does it."""
    poll_seconds = ports.settings.worker.poll_seconds
    async with anyio.create_task_group() as group:
        group.start_soon(partial(settle_for_ever, ports, poll_seconds=poll_seconds))
        group.start_soon(partial(send_for_ever, ports, poll_seconds=4 * poll_seconds))
        group.start_soon(partial(rank_for_ever, ports, poll_seconds=4 * poll_seconds))

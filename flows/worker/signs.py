"""Signs of a worker's life as events of Prefect's, so that an automation hears when one worker of many falls silent.

Prefect's own heartbeat tells only whether the pool has any worker at all.
"""

from uuid import uuid4

from prefect.client.orchestration import PrefectClient

from infra import clock


async def give_sign(client: PrefectClient, event: str, *, worker: str) -> None:
    """`event` is `alarms.BEAT`, or `alarms.STOPPED` when the worker goes and is not to be missed."""
    sign = {
        "id": str(uuid4()),
        "occurred": clock.now().isoformat(),
        "event": event,
        "resource": {"prefect.resource.id": f"renewal-worker.{worker}", "prefect.resource.name": worker},
    }
    await client.request("POST", "/events", json=[sign])

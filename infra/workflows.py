"""The launcher: the only place outside `flows` and `tasks` that knows Prefect. It starts runs and wakes them."""

from enum import StrEnum
from typing import Self
from uuid import UUID

import httpx
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound

from infra.errors import TransientError

RENEWAL = "renewal/renewal"  # flow / deployment


class Wake(StrEnum):
    """What became of an attempt to wake a run."""

    WOKEN = "woken"
    BUSY = "busy"  # it runs, or is about to: it may or may not see the news, so try again later
    OVER = "over"  # it has ended: nothing to wake


_BUSY = frozenset({StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED, StateType.CANCELLING})


class Launcher:
    """One client for many calls; use it as an async context manager."""

    def __init__(self) -> None:
        self._client: PrefectClient = get_client()
        self._deployments: dict[str, UUID] = {}

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        await self._client.__aexit__(*exc_info)

    async def start(self, case_id: UUID, *, name: str, tags: list[str], after: UUID | None = None) -> UUID:
        """Create the one run of a case, or the one `after` a run that ended too early.

        Asked twice, the same run is returned (idempotency key).
        """
        try:
            run = await self._client.create_flow_run_from_deployment(
                await self._deployment(RENEWAL),
                parameters={"case_id": str(case_id)},
                name=name,
                tags=tags,
                idempotency_key=f"{case_id}:{after}" if after else str(case_id),
            )
        except (httpx.HTTPError, ObjectNotFound) as error:
            raise TransientError(f"Prefect did not take the run ({type(error).__name__})") from None
        return run.id

    async def wake(self, run_id: UUID) -> Wake:
        """Resume a suspended run."""
        try:
            run = await self._client.read_flow_run(run_id)
            if run.state_type in _BUSY:
                return Wake.BUSY
            if run.state_type is not StateType.PAUSED:
                return Wake.OVER
            await self._client.resume_flow_run(run_id)
        except ObjectNotFound:
            return Wake.OVER
        except httpx.HTTPError as error:
            raise TransientError(f"Prefect did not answer ({type(error).__name__})") from None
        return Wake.WOKEN

    async def _deployment(self, name: str) -> UUID:
        if name not in self._deployments:
            self._deployments[name] = (await self._client.read_deployment_by_name(name)).id
        return self._deployments[name]

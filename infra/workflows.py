"""The launcher: the only place outside `flows` and `tasks` that knows Prefect. It starts runs and wakes them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self
from uuid import UUID

import httpx
import structlog
from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound, PrefectException
from prefect.settings import PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import AwaitingRetry

from infra.errors import TransientError

RENEWAL = "renewal/renewal"  # flow / deployment
PREFECT_TROUBLE: Final = (httpx.HTTPError, PrefectException)
"""What a call to Prefect raises when Prefect is away, or answers that it will not."""

BULK: Final = 100
"""Prefect creates no more runs in one call."""

HELD: Final = "Held"
"""The name of a run's end when staff hold its case."""

_log = structlog.get_logger()


class Wake(StrEnum):
    """What became of an attempt to wake a run."""

    WOKEN = "woken"
    BUSY = "busy"  # it runs, or is about to: it may or may not see the news, so try again later
    OVER = "over"  # it has ended: nothing to wake


_BUSY = frozenset({StateType.RUNNING, StateType.PENDING, StateType.SCHEDULED, StateType.CANCELLING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """The one run of a case, or the one `after` a run that ended too early; asked for twice, it is one.

    `queue` is the work queue of its service, which Prefect makes when it is not there.
    """

    case_id: UUID
    name: str
    tags: tuple[str, ...]
    queue: str
    after: UUID | None = None

    @property
    def asked(self) -> dict[str, Any]:
        """As Prefect's API wants it."""
        return {
            "parameters": {"case_id": str(self.case_id)},
            "name": self.name,
            "tags": list(self.tags),
            "work_queue_name": self.queue,
        }

    def key(self, deployment: UUID) -> str:
        """Of the run that it asks for. With the deployment in it: runs of one that was deleted cannot be carried."""
        return f"{self.case_id}:{self.after or deployment}"


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

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Inside, Prefect's client repeats a call once: by itself it would go on for a minute and more.

        Whoever delivers from the outbox asks again anyway, and does so within seconds of Prefect's coming back.
        """
        with temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 1}):
            yield

    async def start_many(self, starts: Sequence[Start]) -> dict[UUID, UUID]:
        """The run of each case that Prefect took: created now, or found, when it was asked for before.

        TransientError when it took none at all; a case that it refused is missing in the answer.
        """
        try:
            deployment = await self._deployment(RENEWAL)
            runs: dict[UUID, UUID] = {}
            for at in range(0, len(starts), BULK):
                runs |= await self._create(deployment, starts[at : at + BULK])
        except PREFECT_TROUBLE as error:
            self._deployments.clear()  # Prefect may have lost its database, and know the deployment by another id now
            raise TransientError(f"Prefect did not take the runs ({type(error).__name__})") from None
        return runs

    async def _create(self, deployment: UUID, starts: Sequence[Start]) -> dict[UUID, UUID]:
        """In one call. When Prefect refuses one, its transaction may have lost the others: each is asked for alone."""
        results: list[dict[str, Any]] = []
        try:
            asked = [each.asked | {"idempotency_key": each.key(deployment)} for each in starts]
            results = (await self._call(f"/deployments/{deployment}/create_flow_run/bulk", asked))["results"]
        except httpx.HTTPStatusError as error:
            _unless_refused(error)
        if len(results) == len(starts) and all(each["status"] == "CREATED" for each in results):
            made = zip(starts, results, strict=True)
            return {start.case_id: UUID(result["flow_run_id"]) for start, result in made}
        alone = {start.case_id: await self._create_one(deployment, start) for start in starts}
        return {case_id: run_id for case_id, run_id in alone.items() if run_id is not None}

    async def _create_one(self, deployment: UUID, start: Start) -> UUID | None:
        asked = start.asked | {"idempotency_key": start.key(deployment)}
        try:
            return UUID((await self._call(f"/deployments/{deployment}/create_flow_run", asked))["id"])
        except httpx.HTTPStatusError as error:
            _unless_refused(error)
            _log.warning("run_refused", case_id=str(start.case_id), status=error.response.status_code)
            return None

    async def _call(self, path: str, body: object) -> Any:
        """Of a route that Prefect's client has no method for."""
        route: Any = path
        return (await self._client.request("POST", route, json=body)).json()

    async def wake(self, run_id: UUID, *, held: bool = False) -> Wake:
        """Resume a suspended run; one that ended as *Held* goes on too, unless its case is `held` still."""
        try:
            run = await self._client.read_flow_run(run_id)
            if run.state_type in _BUSY:
                return Wake.BUSY
            if run.state_type is StateType.PAUSED:
                await self._client.resume_flow_run(run_id)
                return Wake.WOKEN
            if run.state_name != HELD or held:
                return Wake.OVER
            await self._client.set_flow_run_state(run_id, AwaitingRetry(), force=True)
        except ObjectNotFound:
            return Wake.OVER
        except httpx.HTTPError as error:
            raise TransientError(f"Prefect did not answer ({type(error).__name__})") from None
        return Wake.WOKEN

    async def _deployment(self, name: str) -> UUID:
        if name not in self._deployments:
            self._deployments[name] = (await self._client.read_deployment_by_name(name)).id
        return self._deployments[name]


def _unless_refused(error: httpx.HTTPStatusError) -> None:
    """Prefect answered, and not that it has no such deployment: what was asked for is what it does not like."""
    if error.response.status_code == httpx.codes.NOT_FOUND:
        raise error

"""`@step`: a plain function made a durable Prefect task; retried on trouble, never on refusal, never cached."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar
from uuid import UUID

import structlog
from anyio import sleep, to_thread
from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from prefect.exceptions import Abort

from infra.errors import TransientError, UnknownOutcomeError
from infra.leases import LeaseLostError, check_lease
from infra.wiring import ports
from models.case import Case, CaseStatus
from models.history import Act

Result = TypeVar("Result")

WORKER_ACTOR: Final = "worker"
_DELAYS: Final = [1.0, 2.0, 4.0, 8.0, 15.0, 30.0]
_log = structlog.get_logger()


def step(function: Callable[[UUID], CaseStatus]) -> Task[[UUID], Any]:
    """Make `_function` the task `function`; it runs in a thread, so that it may block; `.fn` stays awaitable.

    Only TransientError and UnknownOutcomeError are tried again: every step asks before it acts.
    """
    name = function.__name__.lstrip("_")

    async def run(case_id: UUID) -> CaseStatus:
        with _under_our_lease():
            status = await to_thread.run_sync(partial(function, case_id))
        _log.info("step_done", step=name, case_id=str(case_id), status=status.value)
        return status

    run.__name__ = name
    run.__doc__ = function.__doc__
    return task(
        name=name,
        description=(function.__doc__ or "").strip().split("\n", maxsplit=1)[0],
        retries=len(_DELAYS),
        retry_delay_seconds=_DELAYS,
        retry_condition_fn=_is_trouble,
        cache_policy=NO_CACHE,
        persist_result=False,
    )(run)


@contextmanager
def _under_our_lease() -> Iterator[None]:
    """A run whose lease was taken away ends without a word: its state in Prefect is the new owner's to tell."""
    try:
        yield
    except LeaseLostError as error:
        raise Abort(str(error)) from None


async def still_ours() -> None:
    """Before a run tells Prefect how it ends: Abort when its lease was taken away."""
    with _under_our_lease():
        await to_thread.run_sync(check_lease, ports().engine)


async def patiently(function: Callable[[UUID], Result], case_id: UUID) -> Result:
    """What a flow reads beside its steps: in a thread, and tried again on trouble as a step is."""
    for delay in _DELAYS:
        try:
            with _under_our_lease():
                return await to_thread.run_sync(function, case_id)
        except TransientError as error:
            _log.warning("reading_again", case_id=str(case_id), reason=str(error))
            await sleep(delay)
    with _under_our_lease():
        return await to_thread.run_sync(function, case_id)


async def _is_trouble(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    outcome = await state.aresult(raise_on_failure=False)
    return isinstance(outcome, TransientError | UnknownOutcomeError)


def act(*, reason: str | None = None) -> Act:
    """The worker, now."""
    return Act(actor=WORKER_ACTOR, at=ports().now(), reason=reason)


def stands_at(case: Case, *statuses: CaseStatus) -> bool:
    """Whether the case still stands where this step works; if not, somebody has done it already."""
    return case.status in statuses

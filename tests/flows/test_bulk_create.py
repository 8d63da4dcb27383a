"""The launcher against a real Prefect: runs created a hundred a call, each once, in the work queue of its service."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from typing import Any, TypeVar
from uuid import UUID, uuid4

import anyio
import httpx
import pytest
from prefect.client.orchestration import PrefectClient, get_client
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.client.schemas.objects import StateType
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect.states import Failed

from flows.deploy import POOL_TYPE, _deploy
from flows.deployments import DEPLOYMENTS
from flows.work_queues import make_queues
from infra.errors import TransientError
from infra.workflows import HELD, Launcher, Start, Wake

Result = TypeVar("Result")
Talk = Callable[[PrefectClient, Launcher], Coroutine[Any, Any, Result]]
POOL = "bulk-tests"


@pytest.fixture(scope="module")
def deployed(prefect_api: str) -> Iterator[str]:
    """A Prefect in which the renewal has a deployment of its own for these tests, in a pool that no worker serves."""

    async def set_up() -> None:
        async with get_client() as client:
            await client.create_work_pool(WorkPoolCreate(name=POOL, type=POOL_TYPE, base_job_template={}))
            await make_queues(client, work_pool=POOL)
            [renewal] = [each for each in DEPLOYMENTS if each.name == "renewal"]
            await _deploy(client, replace(renewal, name=POOL), work_pool=POOL)

    with temporary_settings({PREFECT_API_URL: prefect_api}), pytest.MonkeyPatch.context() as patch:
        anyio.run(set_up)
        patch.setattr("infra.workflows.RENEWAL", f"renewal/{POOL}")
        yield prefect_api


def talk(api: str, what: Talk[Result]) -> Result:
    async def talking() -> Result:
        async with get_client() as client, Launcher() as launcher:
            with launcher.hurried():
                return await what(client, launcher)

    with temporary_settings({PREFECT_API_URL: api}):
        return anyio.run(talking)


def start(queue: str = "individual", *, name: str = "RN-2345-6789 individual 1 person", **more: Any) -> Start:
    return Start(case_id=uuid4(), name=name, tags=("renewal", queue), queue=queue, **more)


def test_runs_are_created_together_with_name_tags_case_and_queue(deployed: str) -> None:
    starts = [start(), start("company", name="RN-2345-6780 company 1 person")]

    async def create(client: PrefectClient, launcher: Launcher) -> list[Any]:
        runs = await launcher.start_many(starts)
        return [await client.read_flow_run(runs[each.case_id]) for each in starts]

    for run, asked in zip(talk(deployed, create), starts, strict=True):
        assert (run.name, run.parameters) == (asked.name, {"case_id": str(asked.case_id)})
        assert set(asked.tags) <= set(run.tags)
        assert (run.work_pool_name, run.work_queue_name) == (POOL, asked.queue)
        assert run.state_type is StateType.SCHEDULED


def test_asked_twice_and_by_two_at_once_each_case_has_one_run(deployed: str) -> None:
    starts = [start() for _ in range(130)]  # more than Prefect takes in one call
    found: list[dict[UUID, UUID]] = []

    async def create(_client: PrefectClient, launcher: Launcher) -> None:
        async def one() -> None:
            found.append(await launcher.start_many(starts))

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        found.append(await launcher.start_many(starts[:70]))

    talk(deployed, create)
    assert found[0] == found[1]
    assert len(set(found[0].values())) == 130
    assert found[2].items() <= found[0].items()


def test_a_run_after_one_that_ended_too_early_is_another(deployed: str) -> None:
    first = start()

    async def create(_client: PrefectClient, launcher: Launcher) -> list[UUID]:
        [run] = (await launcher.start_many([first])).values()
        again = Start(case_id=first.case_id, name=first.name, tags=first.tags, queue=first.queue, after=run)
        return [run, *(await launcher.start_many([again])).values(), *(await launcher.start_many([again])).values()]

    one, other, same = talk(deployed, create)
    assert one != other == same


def test_one_that_prefect_refuses_costs_the_others_nothing(deployed: str) -> None:
    good, bad, also_good = start(), start(name="RN \x00"), start()

    async def create(client: PrefectClient, launcher: Launcher) -> list[Any]:
        runs = await launcher.start_many([good, bad, also_good])
        assert set(runs) == {good.case_id, also_good.case_id}
        return [await client.read_flow_run(run) for run in runs.values()]

    assert {run.state_type for run in talk(deployed, create)} == {StateType.SCHEDULED}


def test_a_work_queue_that_is_not_there_is_made(deployed: str) -> None:
    asked = start("a-service-of-tomorrow")

    async def create(client: PrefectClient, launcher: Launcher) -> Any:
        [run] = (await launcher.start_many([asked])).values()
        return await client.read_flow_run(run)

    assert talk(deployed, create).work_queue_name == "a-service-of-tomorrow"


def test_a_run_that_ended_as_held_is_woken_as_itself_and_not_while_its_case_is_held(deployed: str) -> None:
    asked = start()

    async def wake(client: PrefectClient, launcher: Launcher) -> Any:
        [run] = (await launcher.start_many([asked])).values()
        await client.set_flow_run_state(run, Failed(name=HELD), force=True)
        assert await launcher.wake(run, held=True) is Wake.OVER
        assert await launcher.wake(run) is Wake.WOKEN
        assert await launcher.wake(run) is Wake.BUSY
        return await client.read_flow_run(run)

    assert talk(deployed, wake).state_name == "AwaitingRetry"


def test_a_paused_queue_gives_no_run_to_a_worker_and_the_first_queue_goes_first(deployed: str) -> None:
    paused, government, individual = start("company"), start("government"), start("individual")

    async def claim(client: PrefectClient, launcher: Launcher) -> list[UUID]:
        runs = await launcher.start_many([paused, government, individual])
        queue = await client.read_work_queue_by_name("company", work_pool_name=POOL)
        await client.update_work_queue(queue.id, is_paused=True)
        due = await client.get_scheduled_flow_runs_for_work_pool(POOL)
        await client.update_work_queue(queue.id, is_paused=False)
        ours = {run: case for case, run in runs.items()}
        return [ours[each.flow_run.id] for each in due if each.flow_run.id in ours]

    assert talk(deployed, claim) == [individual.case_id, government.case_id]


def test_a_prefect_that_is_away_is_trouble_and_no_refusal(deployed: str) -> None:
    """Nothing is created, and nothing is taken for refused."""

    async def create(_client: PrefectClient, launcher: Launcher) -> None:
        await launcher.start_many([start()])
        launcher._client._client.base_url = httpx.URL("http://127.0.0.1:9/api/")
        with pytest.raises(TransientError):
            await launcher.start_many([start()])

    talk(deployed, create)

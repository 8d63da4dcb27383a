"""Putting the work pool, its queues, the deployments and the automations into Prefect; staff's own changes stay."""

from typing import Any, Final
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import DeploymentUpdate, WorkPoolCreate
from prefect.client.schemas.objects import ConcurrencyOptions
from prefect.client.schemas.responses import DeploymentResponse
from prefect.exceptions import ObjectAlreadyExists, ObjectNotFound

from flows.automations import make_automations
from flows.deployments import DEPLOYMENTS, Deployment, Schedule
from flows.forms import form_of
from flows.work_queues import make_queues

POOL_TYPE: Final = "renewal-worker"
_TAGS: Final = ["residency-renewal"]


async def deploy(client: PrefectClient, *, work_pool: str) -> dict[UUID, Flow[..., Any]]:
    """Make what is missing and refresh what the code says; safe to repeat, by several workers at once.

    A pause, a limit or a schedule that staff changed in the UI stays as they left it. Returns the flow of each
    deployment's id.
    """
    try:
        # The job template stays empty: Prefect validates it again for every run that is created.
        pool = WorkPoolCreate(name=work_pool, type=POOL_TYPE, base_job_template={})
        await client.create_work_pool(pool)
    except ObjectAlreadyExists:
        pass
    await make_queues(client, work_pool=work_pool)
    flows = {await _deploy(client, each, work_pool=work_pool): each.flow for each in DEPLOYMENTS}
    await make_automations(client, work_pool=work_pool)
    return flows


async def _deploy(client: PrefectClient, each: Deployment, *, work_pool: str) -> UUID:
    """Creating anew what is there would delete its schedules and the runs that they planned: it is changed instead."""
    try:
        found = await client.read_deployment_by_name(f"{each.flow.name}/{each.name}")
    except ObjectNotFound:
        return await _create(client, each, work_pool=work_pool)
    await _refresh(client, found, each)
    return found.id


async def _create(client: PrefectClient, each: Deployment, *, work_pool: str) -> UUID:
    collision = each.two_at_once
    return await client.create_deployment(
        flow_id=await client.create_flow(each.flow),
        name=each.name,
        entrypoint=each.entrypoint,
        description=each.description,
        work_pool_name=work_pool,
        work_queue_name=each.queue,
        parameter_openapi_schema=form_of(each.flow),
        enforce_parameter_schema=True,
        concurrency_limit=1 if collision else None,
        concurrency_options=ConcurrencyOptions(collision_strategy=collision) if collision else None,
        schedules=[each.schedule.created] if each.schedule else [],
        tags=_TAGS,
    )


async def _refresh(client: PrefectClient, found: DeploymentResponse, each: Deployment) -> None:
    """What the code decides: the form, the words, the path, the time of the schedule."""
    wanted = {
        "entrypoint": each.entrypoint,
        "description": each.description,
        "parameter_openapi_schema": form_of(each.flow),
    }
    if any(getattr(found, name) != value for name, value in wanted.items()):
        await client.update_deployment(found.id, DeploymentUpdate(**wanted))
    if each.schedule is not None:
        await _refresh_schedule(client, found, each.schedule)


async def _refresh_schedule(client: PrefectClient, found: DeploymentResponse, wanted: Schedule) -> None:
    there = [schedule for schedule in found.schedules if schedule.slug == wanted.slug]
    if not there:
        await client.create_deployment_schedules(found.id, [wanted.created])
    elif (there[0].schedule, there[0].parameters) != (wanted.created.schedule, wanted.created.parameters):
        await client.update_deployment_schedule(
            found.id,
            there[0].id,
            schedule=wanted.created.schedule,
            parameters=wanted.created.parameters,
            active=there[0].active,
        )

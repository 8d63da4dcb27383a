"""Every flow's deployment and the work pool: the only list of them."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.actions import WorkPoolCreate
from prefect.exceptions import ObjectAlreadyExists
from prefect.utilities.callables import parameter_schema

from flows.reconcile import reconcile
from flows.release import release
from flows.renewal import renewal
from flows.reprocess import reprocess

POOL_TYPE: Final = "renewal-worker"


@dataclass(frozen=True, slots=True)
class Deployment:
    """One flow as staff find it in the Prefect UI; named by module path, never by file."""

    flow: Flow[..., Any]
    name: str
    entrypoint: str
    description: str


DEPLOYMENTS: Final = (
    Deployment(
        renewal,
        "renewal",
        "flows.renewal.renewal",
        "One renewal, from identity to receipt. Started by `release`; Retry runs it again and repeats nothing.",
    ),
    Deployment(
        release,
        "release",
        "flows.release.release",
        "Release waiting cases from the intake queue: how many, and of which service.",
    ),
    Deployment(
        reprocess,
        "reprocess",
        "flows.reprocess.reprocess",
        "Ask again about cases whose payment or renewal stands still; a preview first. Nobody is ever charged.",
    ),
    Deployment(
        reconcile,
        "reconcile",
        "flows.reconcile.reconcile",
        "Hold the bank's settlement file, or a gateway's list of a day, against our books, line by line.",
    ),
)


async def deploy(client: PrefectClient, *, work_pool: str) -> dict[UUID, Flow[..., Any]]:
    """Create or refresh the pool and the deployments; safe to repeat. Returns the flow of each deployment's id."""
    try:
        # The job template stays empty: Prefect validates it again for every run that is created.
        pool = WorkPoolCreate(name=work_pool, type=POOL_TYPE, base_job_template={})
        await client.create_work_pool(pool)
    except ObjectAlreadyExists:
        pass
    return {await _deploy(client, each, work_pool=work_pool): each.flow for each in DEPLOYMENTS}


async def _deploy(client: PrefectClient, each: Deployment, *, work_pool: str) -> UUID:
    return await client.create_deployment(
        flow_id=await client.create_flow(each.flow),
        name=each.name,
        entrypoint=each.entrypoint,
        description=each.description,
        work_pool_name=work_pool,
        parameter_openapi_schema=parameter_schema(each.flow).model_dump(),
        enforce_parameter_schema=True,
        tags=["residency-renewal"],
    )

"""The pool's work queues, as data: one for each service, and one for staff's own flows, which wait behind nobody."""

from dataclasses import dataclass
from typing import Final

from prefect.client.orchestration import PrefectClient
from prefect.exceptions import ObjectAlreadyExists

from models.service import Service

OPERATIONS: Final = "operations"
_BATCH_PLACES: Final = 50
"""So many employees of organisations at once, over all workers: hundreds handed in together leave room for persons."""


@dataclass(frozen=True, slots=True)
class Queue:
    """`limit` is how many of its runs may run at once; None: as many as the workers carry."""

    name: str
    description: str
    limit: int | None = None


QUEUES: Final = (
    Queue(OPERATIONS, "release, reprocess, reconcile, summary and their like: short, and before every renewal."),
    Queue(Service.INDIVIDUAL.value, "Persons with their own permit (أفراد)."),
    Queue(Service.INDIVIDUAL_PHOTO.value, "Persons whose photograph is renewed too (أفراد مع صورة)."),
    Queue(Service.FAMILY.value, "Families (التحاق بعائل)."),
    Queue(Service.DOMESTIC_WORKER.value, "Domestic workers (عمالة منزلية)."),
    Queue(Service.GOVERNMENT.value, "Employees of the government (حكومي), handed in together.", _BATCH_PLACES),
    Queue(Service.COMPANY.value, "Employees of companies (أهلي), handed in together.", _BATCH_PLACES),
)
"""In the order in which a worker takes from them: Prefect empties a queue before it looks into the next.

A renewal holds a place for seconds and gives it up while a person is awaited, so a full queue delays the next one by
seconds only; the order of what is released, by what delay costs the person, is the intake queue's.
"""


async def make_queues(client: PrefectClient, *, work_pool: str) -> None:
    """Make what is missing; safe to repeat. One that is there is staff's: paused, limited, moved as they left it."""
    for priority, each in enumerate(QUEUES, start=1):
        try:
            await client.create_work_queue(
                name=each.name,
                description=each.description,
                concurrency_limit=each.limit,
                priority=priority,
                work_pool_name=work_pool,
            )
        except ObjectAlreadyExists:
            continue

"""Release waiting cases from the intake queue."""

from typing import Annotated, Any, Final

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from infra.queue import Wanted
from models.priority import QueueOrder
from models.service import Service
from tasks.release import release_waiting

ANY: Final = "any"

HowMany = Annotated[
    int,
    Field(title="How many", description="At most so many cases.", ge=1, le=1000, json_schema_extra={"position": 0}),
]
OfService = Annotated[
    str,
    Field(
        title="Service", description="Only this service.", json_schema_extra={"position": 1, "enum": [ANY, *Service]}
    ),
]
Order = Annotated[
    QueueOrder,
    Field(
        title="Order",
        description="`most_urgent`: whom another day of waiting costs most. `oldest_first`: by the time of submission.",
        json_schema_extra={"position": 2},
    ),
]
References = Annotated[
    tuple[str, ...],
    Field(
        title="Only these references",
        description="Such as RN-2345-6789, one a line. Empty: the head of the queue.",
        json_schema_extra={"position": 3},
    ),
]
DryRun = Annotated[
    bool,
    Field(
        title="Dry run",
        description="Release nobody; the table says who would be released, and why in this place.",
        json_schema_extra={"position": 4},
    ),
]


@flow(name="release", persist_result=False)
async def release(
    *,
    how_many: HowMany = 50,
    service: OfService = ANY,
    order: Order = QueueOrder.MOST_URGENT,
    references: References = (),
    dry_run: DryRun = False,
) -> State[Any]:
    """Release waiting cases (تحويل المعاملات إلى التنفيذ), the most urgent first. Held cases stay where they are.

    The table of the run, an artifact, names each case and why it was its turn. Repeated, the same run releases no more.
    """
    wanted = Wanted(
        limit=how_many, service=None if service == ANY else Service(service), references=references, order=order
    )
    return Completed(message=await release_waiting(wanted, dry_run=dry_run))

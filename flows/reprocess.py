"""Reprocess cases whose payment or renewal stands still: a preview first, then what is safe."""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from infra.payments.standings import Selection
from models.case import CaseStatus
from models.service import Service
from tasks.reprocess import reprocess_cases

ANY: Final = "any"

References = Annotated[
    tuple[str, ...],
    Field(
        title="References",
        description="These cases only, such as RN-2345-6789, one a line. Empty: by the filters below.",
        json_schema_extra={"position": 0},
    ),
]
Status = Annotated[
    str,
    Field(
        title="Status",
        description="Cases that stand here: payment_review, registry_refused and renewal_refused wait for staff.",
        json_schema_extra={"position": 1, "enum": [ANY, *CaseStatus]},
    ),
]
OfService = Annotated[
    str,
    Field(
        title="Service",
        description="Cases of this service.",
        json_schema_extra={"position": 2, "enum": [ANY, *Service]},
    ),
]
OlderThan = Annotated[
    int,
    Field(
        title="Standing still for at least, minutes",
        description="Leaves out what moved a moment ago.",
        ge=0,
        json_schema_extra={"position": 3},
    ),
]
Everything = Annotated[
    bool,
    Field(
        title="Everything that stands still",
        description="Needed when no reference and no filter is given, so that nothing is started by an empty form.",
        json_schema_extra={"position": 4},
    ),
]
Mode = Annotated[
    Literal["preview", "do"],
    Field(
        title="Preview or do",
        description="`preview` changes nothing and lists what would be done. `do` does what is safe.",
        json_schema_extra={"position": 5},
    ),
]


@flow(name="reprocess", persist_result=False)
async def reprocess(
    *,
    references: References = (),
    status: Status = ANY,
    service: OfService = ANY,
    older_than_minutes: OlderThan = 0,
    everything: Everything = False,
    mode: Mode = "preview",
) -> State[Any]:
    """Name the cases, or filter them, or tick `everything` that stands still. `preview` changes nothing.

    `do` asks the gateway about every payment that is not settled, sends refunds that are due, and wakes the runs;
    nobody is ever charged, and done again it repeats nothing.
    """
    selection = Selection(
        references=references,
        status=None if status == ANY else CaseStatus(status),
        service=None if service == ANY else Service(service),
        older_than=timedelta(minutes=older_than_minutes) if older_than_minutes else None,
        everything=everything,
    )
    return Completed(message=await reprocess_cases(selection, do=mode == "do"))

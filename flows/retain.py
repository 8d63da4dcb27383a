"""Retain: personal data of cases whose period is over is erased, for ever."""

from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.retaining import retain_by_period

DryRun = Annotated[
    bool,
    Field(title="Dry run", description="Only count; untick to erase for ever.", json_schema_extra={"position": 0}),
]
IncludeUnconfirmed = Annotated[
    bool,
    Field(
        title="Also by periods that are not confirmed",
        description="No source names them; the legal department has to confirm a period before data goes by it.",
        json_schema_extra={"position": 1},
    ),
]
Limit = Annotated[
    int,
    Field(
        ge=1, le=100_000, title="At most", description="So many cases in this run.", json_schema_extra={"position": 2}
    ),
]


@flow(name="retain", persist_result=False)
async def retain(
    *, dry_run: DryRun = True, include_unconfirmed: IncludeUnconfirmed = False, limit: Limit = 1000
) -> State[Any]:
    """Money, receipt numbers, seals and the history stay. What was begun and interrupted is finished first."""
    return Completed(
        message=await retain_by_period(dry_run=dry_run, include_unconfirmed=include_unconfirmed, limit=limit)
    )

"""Remind: whose residency permit ends soon is told, once at each step before it."""

from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.reminding import remind_whose_permit_ends

Day = Annotated[
    date | None,
    Field(
        title="Day",
        description="The day in Kuwait whose reminders are written. Empty: today.",
        json_schema_extra={"position": 0},
    ),
]
DryRun = Annotated[
    bool,
    Field(title="Dry run", description="Only count who would be told; nobody is.", json_schema_extra={"position": 1}),
]


@flow(name="remind", persist_result=False)
async def remind(day: Day = None, *, dry_run: DryRun = False) -> State[Any]:
    """Pressed twice, or after days without it, nobody is told twice: only of the nearest step that has come."""
    return Completed(message=await remind_whose_permit_ends(day, dry_run=dry_run))

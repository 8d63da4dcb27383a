"""Summary: one day's operations on one page, for the morning look and for the end of the day."""

from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from tasks.summary import summarise_day

Day = Annotated[
    date | None,
    Field(
        title="Day",
        description="The day in Kuwait. Empty: yesterday. Today shows the day as far as it has come.",
        json_schema_extra={"position": 0},
    ),
]


@flow(name="summary", persist_result=False)
async def summary(day: Day = None) -> State[Any]:
    """Counts, sums and waits of a day, with a chart, as artifacts of this run; nothing in them is about one person."""
    return Completed(message=await summarise_day(day))

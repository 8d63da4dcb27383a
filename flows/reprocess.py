"""Reprocess cases whose payment or renewal stands still: a preview first, then what is safe."""

from datetime import timedelta
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from infra.payments.standings import Selection
from models.case import CaseStatus
from models.service import Service
from tasks.reprocess import reprocess_cases


@flow(name="reprocess", persist_result=False)
async def reprocess(
    *,
    references: list[str] | None = None,
    status: CaseStatus | None = None,
    service: Service | None = None,
    older_than_minutes: int | None = None,
    everything: bool = False,
    mode: Literal["preview", "do"] = "preview",
) -> State[Any]:
    """Name the cases, or filter them, or tick `everything` that stands still. `preview` changes nothing.

    `do` asks the gateway about every payment that is not settled, sends refunds that are due, and wakes the runs;
    nobody is ever charged, and done again it repeats nothing.
    """
    selection = Selection(
        references=tuple(references or ()),
        status=status,
        service=service,
        older_than=timedelta(minutes=older_than_minutes) if older_than_minutes else None,
        everything=everything,
    )
    return Completed(message=await reprocess_cases(selection, do=mode == "do"))

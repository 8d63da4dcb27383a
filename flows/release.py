"""Release waiting cases from the intake queue."""

from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from models.service import Service
from tasks.release import release_waiting


@flow(name="release", persist_result=False)
async def release(how_many: int = 50, service: Service | None = None) -> State[Any]:
    """Release up to `how_many` cases of one service, or of all, the most urgent first."""
    released = await release_waiting(how_many, service)
    return Completed(message=f"{released} case(s) released.")

"""A bar in the Prefect UI for work that takes long: moved from the thread that works, a few times at most."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final

from anyio import from_thread
from prefect.artifacts import acreate_progress_artifact, aupdate_progress_artifact

_MOVES: Final = 10


@asynccontextmanager
async def progress_bar(description: str) -> AsyncIterator[Callable[[int, int], None]]:
    """Gives what the working thread calls with how much is done, of how much; full when the block ends well."""
    bar = await acreate_progress_artifact(progress=0.0, description=description)
    shown = 0

    def move(done: int, of: int) -> None:
        nonlocal shown
        tenths = done * _MOVES // max(of, 1)
        if tenths > shown:
            shown = tenths
            from_thread.run(aupdate_progress_artifact, bar, 100.0 * done / of)

    yield move
    await aupdate_progress_artifact(bar, 100.0)

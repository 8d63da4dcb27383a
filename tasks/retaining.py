"""retain_by_period: erases the cases whose period is over, and shows what was done, held back or is not confirmed."""

from functools import partial
from typing import Final

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from infra.retaining.periods import Retained, retain
from infra.wiring import ports
from models.retention import retention_periods
from tasks.progress import progress_bar

_LISTED: Final = 100


@task(cache_policy=NO_CACHE, persist_result=False)
async def retain_by_period(*, dry_run: bool, include_unconfirmed: bool, limit: int) -> str:
    """What was erased, in a sentence. Run again it goes on with the next ones: not retried by itself."""
    async with progress_bar("Cases whose period is over") as move:
        work = partial(retain, ports(), dry_run=dry_run, include_unconfirmed=include_unconfirmed, limit=limit)
        done = await to_thread.run_sync(partial(work, progress=lambda count: move(count, limit)))
    words = sentence(done, dry_run=dry_run)
    await acreate_markdown_artifact(key="retain", markdown=_page(done, words), description="What retention did")
    return words


def sentence(done: Retained, *, dry_run: bool) -> str:
    did = "would be erased" if dry_run else "erased"
    return (
        f"{done.erased.total()} case(s) {did}, {done.finished} finished from before, "
        f"{done.unconfirmed.total()} over by a period that is not confirmed, "
        f"{len(done.held_back)} held back, {len(done.failed)} failed; "
        f"{done.swept} file(s) that no application names {did}."
    )


def _page(done: Retained, words: str) -> str:
    rows = [
        f"| {status.value} | {period.days} | {'to be confirmed' if period.needs_confirmation else period.source} "
        f"| {done.erased[status]} | {done.unconfirmed[status]} |"
        for status, period in retention_periods().items()
    ]
    listed = [f"- {each}" for each in [*done.failed, *done.held_back][:_LISTED]]
    return "\n".join(
        [
            words,
            "",
            "| closed as | days | source | erased | not confirmed |",
            "|---|---|---|---|---|",
            *rows,
            "",
            *listed,
        ]
    )

"""remind_whose_permit_ends: a day's reminders, and the table of how many at which step; no name and no number."""

from datetime import date
from functools import partial

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from infra.reminding.writing import Reminded, remind
from infra.wiring import ports
from tasks.progress import progress_bar


@task(cache_policy=NO_CACHE, persist_result=False)
async def remind_whose_permit_ends(day: date | None, *, dry_run: bool) -> str:
    """What was written, in a sentence. Run again it writes only what is missing: not retried by itself."""
    async with progress_bar("Days before a permit's end that were looked at") as move:
        done = await to_thread.run_sync(partial(remind, ports(), day=day, dry_run=dry_run, progress=move))
    words = sentence(done, dry_run=dry_run)
    await acreate_markdown_artifact(key="remind", markdown=_page(done, words), description="Whom the reminders tell")
    return words


def sentence(done: Reminded, *, dry_run: bool) -> str:
    did = "would be reminded" if dry_run else "reminded"
    return f"{done.day:%d/%m/%Y}: {done.total} person(s) {did}, in {done.messages} message(s)."


def _page(done: Reminded, words: str) -> str:
    rows = [f"| {step} | {many} |" for step, many in sorted(done.persons.items(), reverse=True) if many]
    return "\n".join([words, "", "| days before | persons |", "|---|---|", *rows])

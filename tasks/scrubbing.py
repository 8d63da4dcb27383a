"""read_every_file_again: whether every stored file is still what it was, and the table of those that are not."""

from functools import partial
from typing import Final

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from infra.scrubbing import Scrubbed, scrub
from infra.wiring import ports

_LISTED: Final = 100


@task(cache_policy=NO_CACHE, persist_result=False)
async def read_every_file_again() -> Scrubbed:
    """How many were read, and what is damaged. It changes nothing: run again it reads all anew."""
    done = await to_thread.run_sync(partial(scrub, ports()))
    await acreate_markdown_artifact(key="scrub", markdown=_page(done), description="Stored files, read again")
    return done


def _page(done: Scrubbed) -> str:
    rows = [f"| {kept.reference} | {kept.what} | {why} |" for kept, why in done.damaged[:_LISTED]]
    head = ["", "| case | file | trouble |", "|---|---|---|"] if rows else []
    return "\n".join([f"{done.read} file(s) read, {len(done.damaged)} damaged.", *head, *rows])

"""release_waiting: cases out of the intake queue, or who would be, as a step with a table that staff see."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_table_artifact
from prefect.cache_policies import NO_CACHE
from prefect.runtime import flow_run

from infra.queue import Wanted, release, release_once, report
from infra.wiring import ports

_ACTOR: Final = "prefect-ui"


@task(cache_policy=NO_CACHE, persist_result=False)
async def release_waiting(wanted: Wanted, *, dry_run: bool) -> str:
    """What was done, in a sentence. A run that is repeated, after its worker died for example, releases once."""
    rows = await to_thread.run_sync(partial(_release, wanted, dry_run=dry_run, run_id=str(flow_run.id)))
    sentence = _sentence(rows)
    await acreate_table_artifact(key="release", table=rows or [{"case": "none"}], description=sentence)
    return sentence


def _release(wanted: Wanted, *, dry_run: bool, run_id: str) -> list[dict[str, Any]]:
    if dry_run:
        return report(release(ports(), wanted, actor=_ACTOR, dry_run=True))
    return release_once(ports(), wanted, actor=_ACTOR, round_id=UUID(run_id))


def _sentence(rows: list[dict[str, Any]]) -> str:
    counted = {
        what: sum(1 for each in rows if each["what"] == what) for what in ("released", "would be released", "left")
    }
    said = [f"{count} {'not released' if what == 'left' else what}" for what, count in counted.items() if count]
    return f"{', '.join(said)}." if said else "No case is waiting."

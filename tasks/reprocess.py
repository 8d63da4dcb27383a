"""reprocess_cases: the preview or the doing of what staff chose, and the table that they see; no name, no amount."""

from functools import partial
from typing import Final

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from infra.payments.reprocessing import Outcome, Summary, reprocess
from infra.payments.standings import Selection, preview
from infra.wiring import ports
from models.payments.reprocess import Plan

_ACTOR: Final = "prefect-ui"


@task(cache_policy=NO_CACHE, persist_result=False)
async def reprocess_cases(selection: Selection, *, do: bool) -> str:
    """What was found or done, in a sentence. Run again, it finds done what was done: not retried by itself."""
    rows, sentence = await to_thread.run_sync(partial(_reprocess, selection, do=do))
    await acreate_markdown_artifact(
        key="reprocess", markdown="\n".join([sentence, "", *rows]), description="What reprocessing found and did"
    )
    return sentence


def _reprocess(selection: Selection, *, do: bool) -> tuple[list[str], str]:
    plans = preview(ports(), selection)
    if not do:
        safe = sum(1 for each in plans if each.safety == "safe")
        return _table([_planned(each) for each in plans]), f"{len(plans)} case(s), {safe} safe; nothing was done."
    summary = reprocess(ports(), plans, actor=_ACTOR)
    rows = [*map(_done, summary.outcomes), *map(_planned, summary.left)]
    return _table(rows), _sentence(summary)


def _sentence(summary: Summary) -> str:
    return (
        f"{len(summary.outcomes)} case(s) reprocessed, {len(summary.moved)} went on, "
        f"{len(summary.stayed)} stood still, {len(summary.failed)} failed, {len(summary.left)} left alone."
    )


def _planned(each: Plan) -> str:
    return f"{each.reference} | {each.safety.value} | {each.why.en}"


def _done(each: Outcome) -> str:
    what = f"{each.before} → {each.after}, {len(each.answers)} asked, {each.refunds} refund(s) sent"
    return f"{each.reference} | {'failed: ' + each.failed if each.failed else 'done'} | {what}"


def _table(rows: list[str]) -> list[str]:
    return ["| reference | verdict | what |", "|---|---|---|", *(f"| {row} |" for row in rows)]

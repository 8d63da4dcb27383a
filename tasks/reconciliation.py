"""reconcile_file, reconcile_day: a bank's file or a gateway's list against our books; counts only, no amount."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Final

from anyio import to_thread
from prefect import task
from prefect.artifacts import acreate_markdown_artifact
from prefect.cache_policies import NO_CACHE

from infra.clock import kuwait_date
from infra.payments.reconciling import Report, import_listing, import_settlement
from infra.payments.reconciling.profile import load_profile
from infra.payments.reconciling.reading import MOST_BYTES
from infra.wiring import ports
from models.errors import InputError

_ACTOR: Final = "prefect-ui"
_SUFFIXES: Final = frozenset({".csv", ".txt"})
_AGAIN: Final = (30, 14, 7, 5, 4, 3, 2, 1)
"""How many days back: a payment that was declined or captured may become another weeks after its day was read."""


@task(cache_policy=NO_CACHE, persist_result=False)
async def reconcile_file(path: Path, profile: str) -> str:
    """Import a settlement file that lies on the worker's machine. Run again, it goes on, or says that it was done."""
    return await _publish(await to_thread.run_sync(partial(_import_file, path, profile)))


@task(cache_policy=NO_CACHE, persist_result=False)
async def reconcile_day(gateway: str, day: date) -> str:
    """Import what a gateway says that it posted on a day. Run again, it goes on, or says that it was done."""
    return await _publish(
        await to_thread.run_sync(partial(import_listing, ports(), gateway=gateway, day=day, actor=_ACTOR))
    )


def recent_days() -> list[date]:
    """The days in Kuwait before today that may have changed since they were read, the oldest first."""
    today = kuwait_date(ports().now())
    return [today - timedelta(days=back) for back in _AGAIN]


def _import_file(path: Path, profile: str) -> Report:
    gateway = load_profile(profile).gateway
    return import_settlement(ports(), gateway=gateway, profile=profile, name=path.name, data=_read(path), actor=_ACTOR)


def _read(path: Path) -> bytes:
    """The form takes any path; only what can be a settlement file is opened."""
    if path.suffix.lower() not in _SUFFIXES or not path.is_file():
        raise InputError("file", "is not a file ending in .csv or .txt on the worker's machine; copy it there")
    with path.open("rb") as opened:
        return opened.read(MOST_BYTES + 1)


async def _publish(report: Report) -> str:
    await acreate_markdown_artifact(key="reconcile", markdown=_page(report), description="What reconciliation found")
    return _sentence(report)


def _page(report: Report) -> str:
    rows = [f"| {kind.value.replace('_', ' ')} | {many} |" for kind, many in report.counts.items()]
    return "\n".join([_sentence(report), "", "| lines that are | how many |", "|---|---|", *rows])


def _sentence(report: Report) -> str:
    totals = "agree" if report.totals_agree else "DIFFER"
    open_items = sum(1 for each in report.reviews if each.resolved_at is None)
    before = "Imported before, nothing changed: " if report.already else ""
    return f"{before}{report.lines} line(s), totals {totals}, {open_items} question(s) for staff."

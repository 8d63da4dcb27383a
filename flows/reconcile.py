"""Reconcile: the bank's settlement file, or a gateway's own list of a day, against our books."""

from datetime import date
from pathlib import Path
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from models.errors import InputError
from tasks.reconciliation import reconcile_day, reconcile_file


@flow(name="reconcile", persist_result=False)
async def reconcile(
    *,
    file: str | None = None,
    profile: str = "sandbox_knet",
    gateway: str | None = None,
    day: date | None = None,
) -> State[Any]:
    """Give the path of a `file` on the worker's machine and its column `profile`, or a `gateway` and a `day` in Kuwait.

    Run again on the same, it changes nothing; after trouble it goes on where it stopped. What it finds wrong stands in
    the staff's work list.
    """
    if file is not None and gateway is None and day is None:
        return Completed(message=await reconcile_file(Path(file), profile))
    if file is None and gateway is not None and day is not None:
        return Completed(message=await reconcile_day(gateway, day))
    raise InputError("file", "give either a file and its profile, or a gateway and a day")

"""Reconcile: the bank's settlement file, or a gateway's own list of a day, against our books."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import Field

from infra.payments.reconciling.profile import profile_names
from infra.settings import GatewayName
from models.errors import InputError
from tasks.reconciliation import recent_days, reconcile_day, reconcile_file

File = Annotated[
    str,
    Field(
        title="The bank's file",
        description="Its path on the worker's machine, ending in .csv or .txt. Empty: a gateway's list, below.",
        json_schema_extra={"position": 0},
    ),
]
Columns = Annotated[
    str,
    Field(
        title="Columns of the file",
        description="How the bank writes its file; the acquirer's name of it.",
        json_schema_extra={"position": 1, "enum": profile_names()},
    ),
]
Source = Annotated[
    Literal["file", GatewayName],
    Field(
        title="The file, or the list of a gateway",
        description="`file`: the file above. Else what this gateway itself says that it posted on the day below.",
        json_schema_extra={"position": 2},
    ),
]
OnDay = Annotated[
    date | None,
    Field(
        title="Day of that list",
        description="A day in Kuwait. Empty: the last five, and those 7, 14 and 30 days ago: a payment may change.",
        json_schema_extra={"position": 3},
    ),
]


@flow(name="reconcile", persist_result=False)
async def reconcile(
    *, file: File = "", profile: Columns = "sandbox_knet", source: Source = "file", day: OnDay = None
) -> State[Any]:
    """Give the path of a `file` on the worker's machine and its column `profile`, or a gateway and a `day` in Kuwait.

    Without a day the last five are read again, and those 7, 14 and 30 days ago. Done twice it changes nothing; after
    trouble it goes on where it stopped. What it finds wrong stands in the staff's work list.
    """
    if file and source == "file" and day is None:
        return Completed(message=await reconcile_file(Path(file), profile))
    if not file and source != "file":
        days = [day] if day is not None else recent_days()
        return Completed(message=" ".join([await reconcile_day(source, each) for each in days]))
    raise InputError("file", "give either a file and its profile, or a gateway and perhaps a day")

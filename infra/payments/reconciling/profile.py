"""Column profiles: how one acquirer writes its settlement file, as data."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from models.errors import InputError
from models.payments.posting import PostingKind

Heading = Annotated[str, Field(min_length=1)]


class Columns(BaseModel):
    """The heading of each column. `ptlf` is the text that our requests carry into the bank's report."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    posted_on: Heading
    type: Heading
    amount: Heading
    status: Heading | None = None
    fee: Heading | None = None
    trackid: Heading | None = None
    paymentid: Heading | None = None
    tranid: Heading | None = None
    ref: Heading | None = None
    auth: Heading | None = None
    terminal: Heading | None = None
    ptlf: Heading | None = None

    @model_validator(mode="after")
    def _names_a_payment(self) -> Self:
        if not any((self.trackid, self.paymentid, self.tranid, self.ref, self.ptlf)):
            raise ValueError("no column names the payment")
        return self

    @property
    def named(self) -> dict[str, str]:
        """Our word of each column that the file has, and the file's heading of it."""
        return {word: heading for word, heading in self.model_dump().items() if heading is not None}


class Profile(BaseModel):
    """How to read one acquirer's file.

    `kinds` says what a line is by its type and then its status (`""` where the file has no status). `trailer` is the
    first cell of the last row, before its totals of captures, refunds and fees and the net credit; None where the file
    has no such row. `fees_deducted` is whether the net credit is without the fees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: str
    columns: Columns
    dates: Literal["DD/MM/YYYY", "MMDD"]
    kinds: Annotated[dict[str, dict[str, PostingKind]], Field(min_length=1)]
    trailer: Heading | None
    fees_deducted: bool = True
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8-sig", "cp1256"] = "utf-8-sig"


_FOLDER: Final = files("infra.payments.reconciling") / "profiles"
_SUFFIX: Final = ".yaml"


def profile_names() -> list[str]:
    """Every profile that there is."""
    return sorted(each.name.removesuffix(_SUFFIX) for each in _FOLDER.iterdir() if each.name.endswith(_SUFFIX))


@cache
def load_profile(name: str) -> Profile:
    """InputError for a name that is no profile, and for a profile that is written wrongly."""
    if name not in profile_names():
        raise InputError("profile", f"there is none of this name; there are: {', '.join(profile_names())}")
    try:
        return Profile.model_validate(yaml.safe_load((_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8")))
    except ValidationError as error:
        [first, *_] = error.errors()
        raise InputError("profile", f"{name}: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None

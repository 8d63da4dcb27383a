"""Column profiles: how one acquirer writes its settlement file, as data."""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from infra.settings import GatewayName
from models.errors import InputError
from models.payments.posting import PostingKind

Heading = Annotated[str, Field(min_length=1)]


class Columns(BaseModel):
    """The heading of each column. `ptlf` is the text that our requests carry into the bank's report.

    A file with a column of the currency, which must be the dinar, has it named here, or is refused.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    posted_on: Heading
    type: Heading
    amount: Heading
    currency: Heading | None = None
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


def _without_status(kinds: object) -> object:
    """`Sale: capture` is short for `Sale: {"": capture}`."""
    if not isinstance(kinds, dict):
        return kinds
    return {name: {"": kind} if isinstance(kind, str) else kind for name, kind in kinds.items()}


Kinds = Annotated[dict[str, dict[str, PostingKind]], Field(min_length=1), BeforeValidator(_without_status)]


class Profile(BaseModel):
    """How to read one acquirer's file.

    `kinds` says what a line is: by its type where the file has no status (`Sale: capture`), else by its type and then
    its status (`Sale: {Posted: capture}`). `trailer` is the first cell of the last row, before its totals of captures,
    refunds and fees and the net credit; None where the file has no such row. `terminal_trailer` is the first cell of
    rows with the same totals of one terminal each, which stands in the second cell. `fees_deducted` is whether the net
    credit is without the fees.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    gateway: GatewayName
    columns: Columns
    dates: Literal["DD/MM/YYYY", "D/M/YYYY", "MMDD"]
    kinds: Kinds
    trailer: Heading | None = None
    terminal_trailer: Heading | None = None
    fees_deducted: bool = True
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8-sig", "cp1256"] = "utf-8-sig"

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        faults = [*self._faults_of_kinds(), *self._faults_of_terminals()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _faults_of_kinds(self) -> Iterator[str]:
        """What a line is must not depend on a status that is not read, nor leave one out that is."""
        for name, by_status in self.kinds.items():
            if self.columns.status is None and set(by_status) != {""}:
                yield f"kinds.{name} asks for a status, and columns.status names none"
            elif self.columns.status is not None and set(by_status) == {""}:
                yield f"kinds.{name} must say what it is for each status, as columns.status is named"

    def _faults_of_terminals(self) -> Iterator[str]:
        if self.terminal_trailer is None:
            return
        if self.columns.terminal is None:
            yield "terminal_trailer needs columns.terminal"
        if self.trailer in {None, self.terminal_trailer}:
            yield "terminal_trailer needs a trailer, which begins otherwise"


_FOLDER: Final = files("infra.payments.reconciling") / "profiles"
_SUFFIX: Final = ".yaml"


def profile_names() -> list[str]:
    """Every profile that there is."""
    return sorted(each.name.removesuffix(_SUFFIX) for each in _FOLDER.iterdir() if each.name.endswith(_SUFFIX))


@cache
def load_profile(name: str) -> Profile:
    """InputError for a name that is no profile, and for a profile that is written wrongly: all that is, at once."""
    if name not in profile_names():
        raise InputError("profile", f"there is none of this name; there are: {', '.join(profile_names())}")
    try:
        return Profile.model_validate(yaml.safe_load((_FOLDER / f"{name}{_SUFFIX}").read_text("utf-8")))
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}".removeprefix(": ") for each in error.errors()]
        raise InputError("profile", f"{name}: {'; '.join(faults)}") from None

"""Who receives which kind of fee, which of them one payment collects, and which day fixes the price."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from models.rules.dated import Dated
from models.rules.rule import FeeKind


class Payee(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    name_en: str
    name_ar: str


class Collection(Dated):
    """`collected` false: shown for information, never part of the total."""

    kind: FeeKind
    payee: str
    collected: bool


class PriceDate(Dated):
    """`on`: the day that the caller prices for, which is the day of submission, then of payment."""

    basis: Literal["on"]

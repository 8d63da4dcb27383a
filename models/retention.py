"""How long personal data is kept, by how the case ended: periods as data, each with its source."""

from collections.abc import Mapping
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, PositiveInt, TypeAdapter

from models.case import CASE, CaseStatus


class RetentionPeriod(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    days: PositiveInt
    beyond_expiry: PositiveInt | None = None
    reason_en: str
    reason_ar: str
    source: str
    confidence: Literal["high", "medium", "low"]
    needs_confirmation: bool

    def ends(self, *, closed_on: date, expires: date | None) -> date:
        """The first day on which nothing keeps the data any more."""
        end = closed_on + timedelta(days=self.days)
        if self.beyond_expiry is None or expires is None:
            return end
        return max(end, expires + timedelta(days=self.beyond_expiry))


@cache
def retention_periods() -> Mapping[CaseStatus, RetentionPeriod]:
    """The period of every way that a case can end; a missing one is an error when they are read."""
    data = yaml.safe_load((files("models") / "retention.yaml").read_text("utf-8"))
    periods = TypeAdapter(dict[CaseStatus, RetentionPeriod]).validate_python(data)
    return {status: periods[status] for status in CaseStatus if CASE.is_final(status)}

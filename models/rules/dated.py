"""An entry of the rule data: in force between two days (Asia/Kuwait, both inclusive), from a named source."""

from datetime import date
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Dated(BaseModel):
    """`effective_from` absent: since ever; `effective_to` absent: until further notice."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    effective_from: date | None = None
    effective_to: date | None = None
    source: str
    confidence: Literal["high", "medium", "low"]
    needs_confirmation: bool = False
    note: str | None = None

    def in_force(self, on: date) -> bool:
        return (self.effective_from or date.min) <= on <= (self.effective_to or date.max)

"""An entry of the rule data: in force between two days (Asia/Kuwait, both inclusive), from a named source."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, model_validator


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

    @model_validator(mode="after")
    def _starts_before_it_ends(self) -> Self:
        if self.effective_from and self.effective_to and self.effective_from > self.effective_to:
            raise ValueError("effective_from is after effective_to")
        return self

    def outlasts(self, other: "Dated") -> bool:
        """Whether it is in force on every day on which the other is."""
        starts = (self.effective_from or date.min) <= (other.effective_from or date.min)
        return starts and (other.effective_to or date.max) <= (self.effective_to or date.max)

    def in_force(self, on: date) -> bool:
        return (self.effective_from or date.min) <= on <= (self.effective_to or date.max)

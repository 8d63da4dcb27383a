"""Reminders of a permit's end: the steps before it, and what was written to whom, once each."""

from collections.abc import Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Self
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, PositiveInt, ValidationError, model_validator
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from models.base import Record
from models.errors import RuleBookError
from models.fees.days import months_later
from models.rules.durations import RenewalWindow


class Reminder(Record, table=True):
    """One person was reminded of one expiry at one step. Never updated or deleted (trigger).

    `on_day` is the day in Kuwait; `step` is in days before the expiry.
    """

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("person_id", "expires", "step"), UniqueConstraint("person_id", "on_day"))

    person_id: UUID = Field(foreign_key="case_person.id")
    account_id: UUID = Field(foreign_key="account.id")
    message_id: UUID = Field(foreign_key="message.id", index=True)
    expires: date
    step: int
    on_day: date


class ReminderPlan(BaseModel):
    """`reminders.yaml`. Strictly whole days before the expiry, the largest first, each once."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    days_before: list[PositiveInt]

    @model_validator(mode="after")
    def _descending(self) -> Self:
        if not self.days_before or self.days_before != sorted(set(self.days_before), reverse=True):
            raise ValueError("days_before must name at least one day, and descend, each day once")
        return self


def read_plan(text: str) -> ReminderPlan:
    """RuleBookError names every key that is wrong, missing or unknown."""
    try:
        return ReminderPlan.model_validate(yaml.safe_load(text))
    except ValidationError as error:
        raise RuleBookError(
            *(f"reminders.yaml: {'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
        ) from None
    except yaml.YAMLError as error:
        raise RuleBookError(f"reminders.yaml cannot be read: {error}") from None


@cache
def reminder_steps() -> Sequence[int]:
    """Days before the expiry, the largest first."""
    return tuple(read_plan((files("models") / "reminders.yaml").read_text("utf-8")).days_before)


def step_due(days_left: int) -> int | None:
    """The nearest step that has come; those before it that nobody sent are passed over. None: too early, or over."""
    if days_left < 0:
        return None
    return min((step for step in reminder_steps() if days_left <= step), default=None)


def may_apply(expires: date, *, on: date, windows: Sequence[RenewalWindow]) -> bool:
    """Whether the permit may be renewed already: sixty days are more than two months in spring."""
    return all(on >= months_later(expires, -each.months_before) for each in windows)

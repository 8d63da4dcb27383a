"""What we answer to "I paid, but it says I did not", each in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final, Self

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter

from models.money import Money
from models.payments.attempt import LIVE, AttemptState


class ClaimOutcome(StrEnum):
    PAID = "paid"
    PARTLY_RETURNED = "partly_returned"
    CONFIRMING = "confirming"
    NOT_TAKEN = "not_taken"
    SURPLUS = "surplus"  # this money pays nothing, and goes back
    RETURNED = "returned"
    NOT_KNOWN_YET = "not_known_yet"
    WITH_STAFF = "with_staff"
    NOT_PAID_YET = "not_paid_yet"  # nobody has tried
    CLOSED_UNPAID = "closed_unpaid"
    NOTHING_DUE = "nothing_due"  # no payment was asked for
    SEVERAL = "several"
    UNKNOWN_HERE = "unknown_here"


STATE_SAYS: Final = {
    AttemptState.CAPTURED_UNCONFIRMED: ClaimOutcome.CONFIRMING,
    **dict.fromkeys(LIVE - {AttemptState.CAPTURED_UNCONFIRMED}, ClaimOutcome.NOT_KNOWN_YET),
}
"""What an attempt that is not over says by itself."""


class ClaimWords(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    en: str
    ar: str

    def over(self, taken: Money, returned: Money) -> Self:
        """With the amounts in the places that some of the words have for them."""
        amounts = {"taken": taken, "returned": returned, "left": taken - returned}
        en = self.en.format_map({name: each.english for name, each in amounts.items()})
        return type(self)(en=en, ar=self.ar.format_map({name: each.arabic for name, each in amounts.items()}))


@cache
def claim_words() -> Mapping[ClaimOutcome, ClaimWords]:
    """The words of every answer; an outcome without words is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "claims.yaml").read_text("utf-8"))
    words = TypeAdapter(dict[ClaimOutcome, ClaimWords]).validate_python(data)
    return {outcome: words[outcome] for outcome in ClaimOutcome}

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
    """Of several attempts to pay, that which stands first here is answered: whose money was taken is told so."""

    PAID = "paid"
    PARTLY_RETURNED = "partly_returned"
    CONFIRMING = "confirming"
    NOT_KNOWN_YET = "not_known_yet"
    WITH_STAFF = "with_staff"
    SURPLUS = "surplus"  # this money pays nothing, and goes back
    RETURNED = "returned"
    REVERSED = "reversed"  # the bank took it and gave it back by itself
    NOT_TAKEN = "not_taken"
    NOT_PAID_YET = "not_paid_yet"  # nobody has tried
    CLOSED_UNPAID = "closed_unpaid"
    NOTHING_DUE = "nothing_due"  # no payment was asked for
    IN_SUSPENSE = "in_suspense"  # money in the bank's file that is of no payment of ours
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

    def followed_by(self, more: Self) -> Self:
        return type(self)(en=f"{self.en} {more.en}", ar=f"{self.ar} {more.ar}")


@cache
def claim_words() -> Mapping[ClaimOutcome, ClaimWords]:
    """The words of every answer; an outcome without words is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "claims.yaml").read_text("utf-8"))
    words = TypeAdapter(dict[ClaimOutcome, ClaimWords]).validate_python(data)
    return {outcome: words[outcome] for outcome in ClaimOutcome}

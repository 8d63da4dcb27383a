"""Whether an order can be paid now, and what its payer is told of that, in both languages."""

from collections.abc import Mapping
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

import yaml
from pydantic import TypeAdapter

from models.payments.claim import ClaimOutcome, ClaimWords


class Paying(StrEnum):
    OPEN = "open"
    AT_THE_BANK = "at_the_bank"  # the payer may be at the bank's page, or have paid there unheard
    VERIFYING = "verifying"
    PAUSED = "paused"
    HELD = "held"
    WITH_STAFF = "with_staff"
    PAID = "paid"
    REFUND_PENDING = "refund_pending"
    REFUNDED = "refunded"
    CLOSED = "closed"


_LEAVES_OPEN: Final = frozenset(
    {
        ClaimOutcome.NOT_PAID_YET,
        ClaimOutcome.NOT_TAKEN,
        ClaimOutcome.SURPLUS,
        ClaimOutcome.RETURNED,
        ClaimOutcome.REVERSED,
    }
)
_WENT_BACK: Final = frozenset({Paying.REFUND_PENDING, Paying.REFUNDED})


def is_next_question(outcome: ClaimOutcome, paying: Paying) -> bool:
    """Whether the payer who hears this asks whether to pay now; not where the answer said it already."""
    return outcome in _LEAVES_OPEN and paying not in _WENT_BACK


@cache
def paying_words() -> Mapping[Paying, ClaimWords]:
    """The words of each; one without words is an error when they are read."""
    data = yaml.safe_load((files("models.payments") / "paying.yaml").read_text("utf-8"))
    words = TypeAdapter(dict[Paying, ClaimWords]).validate_python(data)
    return {each: words[each] for each in Paying}

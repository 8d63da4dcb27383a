"""The kinds of entry in the fee data: a price, an exemption, a price that nobody published, a fine, another fee."""

import string
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, PlainValidator, model_validator

from models.errors import InputError
from models.money import Money
from models.rules.dated import Dated
from models.rules.situation import Situation, When


def _amount(value: object) -> Money:
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is not text; write amounts in quotes, like "20.000"')  # noqa: TRY004  pydantic's
    try:
        return Money.parse(value)
    except InputError as error:
        raise ValueError(error.message) from None


Amount = Annotated[Money, PlainValidator(_amount)]

# What a refusal may mention; a text that names anything else is refused on load.
REFUSAL_WORDS = frozenset({"article", "years", "limit", "date", "new_end", "earliest"})


class FeeKind(StrEnum):
    RESIDENCY_FEE = "residency_fee"
    HEALTH_INSURANCE = "health_insurance"
    FINE = "fine"
    CIVIL_ID = "civil_id"
    WORK_PERMIT = "work_permit"
    OVER_60_PERMIT = "over_60_permit"
    OVER_60_INSURANCE = "over_60_insurance"


class Rule(Dated):
    when: When = When()
    instrument: str | None = None


class Labelled(Rule):
    label_en: str
    label_ar: str


class Price(Labelled):
    """KD a year and person; `step` is added for each worker past the first number of `when.worker_no`."""

    amount: Amount
    step: Amount | None = None

    @model_validator(mode="after")
    def _step_has_a_first_worker(self) -> Self:
        if self.step is not None and (self.when.worker_no is None or self.when.worker_no.min is None):
            raise ValueError("step needs when.worker_no.min, the worker that pays `amount`")
        return self

    def yearly(self, situation: Situation) -> Money:
        first = self.when.worker_no.min if self.when.worker_no else None
        if self.step is None or first is None or situation.worker_no is None:
            return self.amount
        return self.amount + self.step * (situation.worker_no - first)


class Exemption(Labelled):
    """Lifts a price: the line stays, with amount zero, so that it is explained."""

    lifts: Literal[FeeKind.RESIDENCY_FEE, FeeKind.HEALTH_INSURANCE]


class Refusing(Rule):
    """A rule that may refuse a person. The texts may name the words of REFUSAL_WORDS in braces."""

    reason_en: str
    reason_ar: str

    @model_validator(mode="after")
    def _known_words(self) -> Self:
        for text in (self.reason_en, self.reason_ar):
            words = {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}
            if not words <= REFUSAL_WORDS:
                raise ValueError(f"reason names {sorted(words - REFUSAL_WORDS)}; it may name {sorted(REFUSAL_WORDS)}")
        return self


class Unpriced(Refusing):
    """No source names a price: the person is refused, the price is not guessed."""


class Fine(Labelled):
    """min(cap, first_rate x the first days + after_rate x the days beyond), in KD; counted from the day after."""

    counts_from: Literal["permit_expiry", "birth"]
    grace_months: Annotated[int, Field(ge=0, le=24)] = 0
    first_rate: Amount
    first_days: Annotated[int, Field(ge=1, le=31)]
    after_rate: Amount
    cap: Amount

    def uncapped(self, days_late: int) -> Money:
        beyond = max(0, days_late - self.first_days)
        return self.first_rate * min(days_late, self.first_days) + self.after_rate * beyond

    def due(self, days_late: int) -> Money:
        return min(self.cap, self.uncapped(days_late)) if days_late > 0 else Money(0)


class OtherFee(Labelled):
    """A fee beside the residency fee and insurance: collected with them or only shown, as collection.yaml says."""

    kind: FeeKind
    amount: Amount
    per: Literal["year", "renewal"]

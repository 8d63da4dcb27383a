"""Trouble at a rate, for long runs: how often answers fail, by chance that can be repeated from a seed."""

from collections.abc import Mapping
from random import Random
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import Field, model_validator

from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.scenario import InquiryFault, Notify, RefundFault, Script, Written

Rate = Annotated[float, Field(ge=0, le=1)]
NotifyFault = Literal["lost", "cut", "duplicate"]
Kind = TypeVar("Kind", bound=str)

_NOTIFIED: dict[str, dict[str, Any]] = {
    "lost": {"notify": Notify(times=0)},
    "cut": {"ack": "cut"},
    "duplicate": {"notify": Notify(times=2, concurrent=True)},
}


class FaultRates(Written):
    """Of every kind of message, the share that meets each fault. `lost`: nobody is told and the payment stands."""

    inquiry: dict[InquiryFault, Rate] = Field(default_factory=dict)
    notify: dict[NotifyFault, Rate] = Field(default_factory=dict)
    refund: dict[RefundFault, Rate] = Field(default_factory=dict)
    seed: int = 0

    @model_validator(mode="after")
    def _shares_of_one(self) -> Self:
        for name, rates in (("inquiry", self.inquiry), ("notify", self.notify), ("refund", self.refund)):
            if sum(rates.values()) > 1:
                raise ValueError(f"{name}: the rates are shares of all messages and add up to 1 at most")
        return self


class Faults:
    """What the whole terminal suffers from at the moment; a restart heals it."""

    def __init__(self) -> None:
        self.expired = False
        self.set(FaultRates())

    def set(self, rates: FaultRates) -> None:
        self._rates = rates
        self._random = Random(rates.seed)  # noqa: S311 - chance that can be repeated is what it is for

    def check_terminal(self) -> None:
        if self.expired:
            raise KnetRefusalError(Code.EXPIRED)

    def inquiry(self) -> InquiryFault | None:
        return self._drawn(self._rates.inquiry)

    def refund(self) -> RefundFault | None:
        return self._drawn(self._rates.refund)

    def notified(self, script: Script) -> Script:
        """The script with a fault in the way the merchant is told; one that says itself how is left alone."""
        fault = None if script.tells_in_its_own_way else self._drawn(self._rates.notify)
        return script if fault is None else script.model_copy(update=_NOTIFIED[fault])

    def _drawn(self, rates: Mapping[Kind, float]) -> Kind | None:
        if not rates:
            return None
        drawn = self._random.random()
        for kind, rate in rates.items():
            drawn -= rate
            if drawn < 0:
                return kind
        return None

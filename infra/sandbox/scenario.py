"""The script of one payment: what the sandbox's bank does with it, written by a test or chosen on the page."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from infra.sandbox.books import Becomes, Ending
from models.errors import InputError
from models.money import Money

Seconds = Annotated[float, Field(ge=0, le=10**8)]
InquiryFault = Literal["drop", "truncate", "html", "500", "maintenance", "expired"]
RefundFault = Literal["refuse", "drop_executed", "drop_unexecuted", "host_timeout", "host_timeout_executed"]
SettlementFault = Literal["missing", "duplicate", "reversed"]
Played = Literal["CAPTURED", "NOT CAPTURED", "CANCELED", "HOST TIMEOUT"]


def _amount(text: str) -> str:
    try:
        Money.parse(text)
    except InputError as error:
        raise ValueError(error.message) from None
    return text


Amount = Annotated[str, AfterValidator(_amount)]


class Written(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Delay(Written):
    """Real seconds before the answer, which is what was true when the question came."""

    delay_seconds: Seconds


class AmountOff(Written):
    amount_off_by_fils: int


class Later(Written):
    """What the bank's books say once `after_seconds` of the sandbox's clock have passed."""

    result: Becomes
    after_seconds: Seconds = 0


class Notify(Written):
    """How the merchant's server is told. `times` 0: the message is lost, and the payment stands.

    `hold` waits for `POST /__sandbox__/deliver/{trackid}`. `contradict` also sends the opposite result.
    """

    times: int = Field(default=1, ge=0, le=100)
    concurrent: bool = False
    delay_seconds: Seconds = 0
    contradict: bool | Literal["before", "after"] = False
    hold: bool = False


class Script(Written):
    """Whatever is left out goes its ordinary way. `inquiry` and `refund` are used up, one for each question."""

    result: Played | None = None
    auth_resp_code: Annotated[str, Field(pattern=r"^[0-9A-Z]{2}$")] | None = None
    becomes: Later | None = None
    notify: Notify = Notify()
    ack: Literal["read", "cut"] = "read"
    captured_amount: Amount | None = None
    reported_amount: Amount | None = None
    reported_trackid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")] | None = None
    inquiry: tuple[InquiryFault | Delay, ...] = ()
    refund: tuple[RefundFault | Delay, ...] = ()
    page_delay_seconds: Seconds = 0
    settlement: tuple[SettlementFault | AmountOff, ...] = ()

    @property
    def tells_in_its_own_way(self) -> bool:
        return self.notify != Notify() or self.ack != "read"

    def ending(self, otherwise: Played) -> Ending:
        """`otherwise` is what the card comes to. A payer who cancels is never overruled."""
        result = "CANCELED" if otherwise == "CANCELED" else self.result or otherwise
        return Ending(
            result=result,
            auth_resp_code=self.auth_resp_code or "",
            captured=self.captured_amount or "",
            reported_amount=self.reported_amount or "",
            reported_trackid=self.reported_trackid or "",
            becomes=self.becomes.result if self.becomes else None,
            after=timedelta(seconds=self.becomes.after_seconds if self.becomes else 0),
        )


class ByTrackid(Written):
    trackid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]


class Scenario(Written):
    """`next` is the next payment that opens, `all` every one that no other script is for."""

    match: ByTrackid | Literal["next", "all"]
    script: Script

    @model_validator(mode="after")
    def _one_thing_at_a_time(self) -> Self:
        if self.script.notify.hold and self.script.notify.times == 0:
            raise ValueError("notify: what is held is delivered at least once; leave out times")
        return self

"""What the sandbox's bank writes down of a payment: what was asked, what was taken, what was given back."""

from datetime import date, datetime, time, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict

from infra.clock import KUWAIT
from models.money import Money

Result = Literal["CAPTURED", "NOT CAPTURED", "CANCELED", "HOST TIMEOUT", "SUSPECTED"]
Becomes = Literal["CAPTURED", "NOT CAPTURED", "SUSPECTED", "VOIDED"]
Awaits = Literal["", "answer", "release"]  # the merchant's confirmation; a word of ours to send the result at all
By = Literal["api", "portal"]


class Page(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Purchase(Page):
    """What the merchant asked for. A sale that the bank's staff entered has no addresses."""

    trackid: str
    amt: str
    langid: str = "USA"
    response_url: str = ""
    error_url: str = ""
    udf: dict[str, str] = {}

    @property
    def arabic(self) -> bool:
        return self.langid.startswith("AR")


class Posted(Page):
    """The numbers of the bank's switch for one movement. `posted_on` is the day in Kuwait that counts it."""

    tranid: str
    ref: str
    at: datetime
    posted_on: date

    @property
    def postdate(self) -> str:
        return f"{self.posted_on:%m%d}"


class Refund(Posted):
    amount: str
    by: By


class Change(Page):
    """What a payment comes to later by itself."""

    result: Becomes
    at: datetime
    captured: str = ""  # empty: as asked


class Payment(Page):
    """A purchase at the bank. Open while `result` is empty; `captured` stays as it was when the money goes back."""

    paymentid: str
    purchase: Purchase
    expires: datetime
    result: Result | None = None
    auth_resp_code: str = ""
    auth: str = ""
    posted: Posted | None = None
    captured: str | None = None
    reported_amount: str = ""  # what the merchant is told instead of the truth
    reported_trackid: str = ""
    change: Change | None = None
    awaits: Awaits = ""
    acknowledged: bool = False
    voided: bool = False
    void_at: datetime | None = None
    void_told: bool = True  # False: the inquiry does not know; only the settlement file shows it
    refunds: tuple[Refund, ...] = ()

    @property
    def trackid(self) -> str:
        return self.purchase.trackid

    @property
    def keeps_money(self) -> bool:
        return self.captured is not None and not self.voided

    @property
    def refunded(self) -> Money:
        return Money.total(Money.parse(refund.amount) for refund in self.refunds)

    @property
    def left(self) -> Money:
        """What can still be refunded."""
        return Money.parse(self.captured) - self.refunded if self.captured and not self.voided else Money(0)

    @property
    def told_amount(self) -> str:
        return self.reported_amount or self.captured or self.purchase.amt

    @property
    def told_trackid(self) -> str:
        return self.reported_trackid or self.trackid


class Ending(Page):
    """How a payment ends when the payer has pressed a button."""

    result: Result
    auth_resp_code: str = ""
    captured: str = ""  # empty: as asked
    reported_amount: str = ""
    reported_trackid: str = ""
    becomes: Becomes | None = None
    after: timedelta = timedelta(0)
    awaits: Awaits = ""


def posting_day(at: datetime, *, cut_off: time) -> date:
    """The day in Kuwait on which the bank counts what happened at `at`."""
    local = at.astimezone(KUWAIT)
    return local.date() + timedelta(days=1) if local.time() >= cut_off else local.date()

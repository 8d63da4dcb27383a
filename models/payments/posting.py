"""One line of a bank's own books in our words: what it says that it posted, whatever its columns are called."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from models.money import Money


class PostingKind(StrEnum):
    CAPTURE = "capture"
    REFUND = "refund"
    REVERSAL = "reversal"  # a capture that was taken back: it is not paid out


@dataclass(frozen=True, slots=True, kw_only=True)
class Posting:
    """`trackid`, `paymentid`, `tranid` and `ref` may each be empty; of a refund, the first two name the sale.

    `fee` is what the bank keeps. `posted_on` is the day in Kuwait on which the bank counts it.
    """

    kind: PostingKind
    trackid: str = ""
    paymentid: str = ""
    tranid: str = ""
    ref: str = ""
    auth: str = ""
    amount: Money
    fee: Money = Money(0)  # noqa: RUF009 - it is frozen
    posted_on: date
    terminal: str = ""

"""The books of the sandbox's Tap: charges and refunds, each as it was asked for and as it stands at a moment."""

from collections.abc import Callable
from datetime import datetime, timedelta
from threading import RLock
from typing import Literal, TypeVar

from infra.errors import PermanentError
from infra.sandbox.books import By, Page
from infra.sandbox.journal import Journal
from models.base import CURRENCY
from models.money import Money

Ended = Literal["CAPTURED", "FAILED", "DECLINED", "RESTRICTED", "CANCELLED", "VOID", "TIMEDOUT", "UNKNOWN"]
Status = Literal["INITIATED", "ABANDONED"] | Ended
RefundEnded = Literal["REFUNDED", "DECLINED", "FAILED"]
Kept = TypeVar("Kept", "Charge", "TapRefund")
KEY_WINDOW = timedelta(hours=24)


class TapRefusedError(PermanentError):
    """`http_status` is HTTP's; the words are for the person who reads the sandbox's answer."""

    def __init__(self, code: str, words: str, *, status: int = 400) -> None:
        super().__init__(words)
        self.code = code
        self.http_status = status


class ChargeOrder(Page):
    """What the merchant asked for."""

    trackid: str
    order: str
    key: str
    amount: str
    arabic: bool
    minutes: int
    merchant_id: str
    response_url: str
    return_url: str


class Numbers(Page):
    gateway: str
    payment: str
    acquirer: str
    auth: str


class Ending(Page):
    """What the payer's visit came to.

    `becomes` is the status from `becomes_at` on; `trackid` is what the merchant is told instead of its own.
    """

    status: Ended
    code: str
    at: datetime
    amount: str
    currency: str = CURRENCY
    trackid: str = ""
    numbers: Numbers
    becomes: Ended | None = None
    becomes_at: datetime | None = None
    reversed_at: datetime | None = None


class Charge(Page):
    id: str
    order: ChargeOrder
    page: str
    created: datetime
    ending: Ending | None = None
    acknowledged: bool = False
    deliveries: int = 0

    @property
    def expires(self) -> datetime:
        return self.created + timedelta(minutes=self.order.minutes)

    def status_at(self, at: datetime) -> Status:
        if self.ending is None:
            return "ABANDONED" if at >= self.expires else "INITIATED"
        if self.ending.becomes is not None and self.ending.becomes_at is not None and at >= self.ending.becomes_at:
            return self.ending.becomes
        return self.ending.status

    def reversed_by(self, at: datetime) -> bool:
        """Whether a capture was taken back by then."""
        reversed_at = self.ending.reversed_at if self.ending else None
        return self.status_at(at) == "CAPTURED" and reversed_at is not None and at >= reversed_at

    @property
    def told_amount(self) -> str:
        return self.ending.amount if self.ending else self.order.amount

    @property
    def told_currency(self) -> str:
        return self.ending.currency if self.ending else CURRENCY

    @property
    def told_trackid(self) -> str:
        return (self.ending.trackid if self.ending else "") or self.order.trackid


class TapRefund(Page):
    id: str
    charge_id: str
    merchant: str
    key: str
    amount: str
    created: datetime
    done: datetime
    ends_as: RefundEnded
    by: By = "api"

    def status_at(self, at: datetime) -> Literal["PENDING"] | RefundEnded:
        return self.ends_as if at >= self.done else "PENDING"


class TapBooks:
    """Thread-safe; every change is in the journal before it is answered."""

    def __init__(self, journal: Journal, *, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._lock = RLock()
        self.now = now
        self._charges: dict[str, Charge] = {}
        self._refunds: dict[str, TapRefund] = {}
        for entry in journal.replay():
            if "charge" in entry:
                self._note(Charge.model_validate(entry["charge"]))
            else:
                self._note(TapRefund.model_validate(entry["refund"]))

    def open(self, order: ChargeOrder, make: Callable[[datetime], Charge]) -> Charge:
        """As it was answered the first time, when the key was used within 24 hours; after them a new charge."""
        with self._lock:
            at = self.now()
            same = (each for each in self._charges.values() if each.order.key == order.key != "")
            known = next((each for each in same if at - each.created < KEY_WINDOW), None)
            if known is not None:
                return Charge(id=known.id, order=known.order, page=known.page, created=known.created)
            return self._keep(make(at))

    def end(self, charge_id: str, make: Callable[[Charge, datetime], Ending]) -> tuple[Charge, bool]:
        """The charge, and whether it ended now: the second click, or one after the time limit, changes nothing."""
        with self._lock:
            charge, at = self.charge(charge_id), self.now()
            if charge.status_at(at) != "INITIATED":
                return charge, False
            return self._keep(charge.model_copy(update={"ending": make(charge, at)})), True

    def told(self, charge_id: str, *, deliveries: int, acknowledged: bool) -> None:
        with self._lock:
            update = {"deliveries": deliveries, "acknowledged": acknowledged}
            self._keep(self.charge(charge_id).model_copy(update=update))

    def give_back(self, refund: TapRefund) -> tuple[TapRefund, datetime]:
        """The refund, and as of when it is answered: for a key used within 24 hours, as it was the first time."""
        with self._lock:
            at = self.now()
            same = (each for each in self._refunds.values() if each.key == refund.key != "")
            known = next((each for each in same if at - each.created < KEY_WINDOW), None)
            if known is not None:
                return known, known.created
            if self.charge(refund.charge_id).told_currency != CURRENCY:
                raise TapRefusedError("1105", "the charge is in another currency")
            if Money.parse(refund.amount) > self.left(self.charge(refund.charge_id)):
                raise TapRefusedError("1116", "the refund is of more than is left of the charge")
            return self._keep(refund), at

    def left(self, charge: Charge) -> Money:
        """What can still be refunded; a pending refund counts as gone."""
        at = self.now()
        if charge.status_at(at) != "CAPTURED" or charge.reversed_by(at):
            return Money(0)
        gone = [each.amount for each in self.refunds_of(charge) if each.status_at(at) in {"PENDING", "REFUNDED"}]
        return Money.parse(charge.told_amount) - Money.total(map(Money.parse, gone))

    def by_trackid(self, trackid: str) -> Charge:
        """The newest, where a trackid has several."""
        found = [each for each in self.charges() if each.order.trackid == trackid]
        if not found:
            raise TapRefusedError("1143", "there is no charge of this trackid", status=404)
        return found[-1]

    def charge(self, charge_id: str) -> Charge:
        if charge_id not in self._charges:
            raise TapRefusedError("1143", "there is no such charge", status=404)
        return self._charges[charge_id]

    def refund(self, refund_id: str) -> TapRefund:
        if refund_id not in self._refunds:
            raise TapRefusedError("1160", "there is no such refund", status=404)
        return self._refunds[refund_id]

    def refunds_of(self, charge: Charge) -> list[TapRefund]:
        return [each for each in self.refunds() if each.charge_id == charge.id]

    def charges(self) -> list[Charge]:
        with self._lock:
            return list(self._charges.values())

    def refunds(self) -> list[TapRefund]:
        with self._lock:
            return list(self._refunds.values())

    def _keep(self, record: Kept) -> Kept:
        name = "charge" if isinstance(record, Charge) else "refund"
        self._journal.append({name: record.model_dump(mode="json")})
        self._note(record)
        return record

    def _note(self, record: Charge | TapRefund) -> None:
        if isinstance(record, Charge):
            self._charges[record.id] = record
        else:
            self._refunds[record.id] = record

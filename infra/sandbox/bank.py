"""The sandbox's own books: what every payment came to, kept apart from ours, so that ours can be judged by them."""

import secrets
from datetime import datetime, timedelta
from threading import Lock
from typing import Literal

from pydantic import BaseModel, ConfigDict

from infra.clock import KUWAIT
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.journal import Journal

Result = Literal["CAPTURED", "NOT CAPTURED", "CANCELED"]


class Purchase(BaseModel):
    """What the merchant asked for."""

    model_config = ConfigDict(frozen=True)

    trackid: str
    amt: str
    langid: str
    response_url: str
    error_url: str
    udf: dict[str, str]


class Payment(BaseModel):
    """A purchase at the bank. Open while `result` is empty; a capture may be voided afterwards."""

    model_config = ConfigDict(frozen=True)

    paymentid: str
    purchase: Purchase
    expires: datetime
    result: Result | None = None
    auth_code: str = ""
    tranid: str = ""
    ref: str = ""
    auth: str = ""
    postdate: str = ""
    acknowledged: bool = False
    voided: bool = False

    @property
    def keeps_money(self) -> bool:
        return self.result == "CAPTURED" and not self.voided


class Bank:
    """Thread-safe; every change is in the journal before it is answered."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._lock = Lock()
        self._by_trackid: dict[str, Payment] = {}
        self._trackids: dict[str, str] = {}  # by paymentid
        for entry in journal.replay():
            self._remember(Payment.model_validate(entry))
        for payment in self.ledger():  # stopped before the merchant confirmed: the money goes back, as at KNET
            if payment.keeps_money and not payment.acknowledged:
                self.void(payment)

    def open(self, purchase: Purchase, *, now: datetime, ttl: timedelta) -> Payment:
        with self._lock:
            earlier = self._by_trackid.get(purchase.trackid)
            if earlier is not None:
                still_open = earlier.result is None and now < earlier.expires
                raise KnetRefusalError(Code.IN_PROGRESS if still_open else Code.DUPLICATE)
            return self._keep(Payment(paymentid=f"100{_digits(15)}", purchase=purchase, expires=now + ttl))

    def close(self, paymentid: str, result: Result, *, now: datetime) -> Payment:
        """End an open payment, once: the second click, or a click after the time limit, is refused."""
        with self._lock:
            payment = self.find(paymentid)
            if payment.result is not None:
                raise KnetRefusalError(Code.STATUS)
            if now >= payment.expires:
                raise KnetRefusalError(Code.TIME_LIMIT)
            return self._keep(payment.model_copy(update={"result": result} | _numbers(result, now=now)))

    def acknowledge(self, payment: Payment) -> None:
        with self._lock:
            self._keep(payment.model_copy(update={"acknowledged": True}))

    def void(self, payment: Payment) -> None:
        with self._lock:
            self._keep(payment.model_copy(update={"voided": True}))

    def find(self, paymentid: str) -> Payment:
        trackid = self._trackids.get(paymentid)
        if trackid is None:
            raise KnetRefusalError(Code.STATUS)
        return self._by_trackid[trackid]

    def by_trackid(self, trackid: str) -> Payment:
        payment = self._by_trackid.get(trackid)
        if payment is None or payment.result is None:  # the payer is still at the page, or never came
            raise KnetRefusalError(Code.NOT_FOUND)
        return payment

    def ledger(self) -> list[Payment]:
        return list(self._by_trackid.values())

    def _keep(self, payment: Payment) -> Payment:
        self._journal.append(payment.model_dump(mode="json"))
        return self._remember(payment)

    def _remember(self, payment: Payment) -> Payment:
        self._by_trackid[payment.purchase.trackid] = payment
        self._trackids[payment.paymentid] = payment.purchase.trackid
        return payment


def _numbers(result: Result, *, now: datetime) -> dict[str, str]:
    """A cancelled payment never reached the switch and has no numbers of it."""
    if result == "CANCELED":
        return {"postdate": f"{now.astimezone(KUWAIT):%m%d}"}
    captured = result == "CAPTURED"
    return {
        "auth_code": "00" if captured else "05",
        "auth": f"A{_digits(5)}" if captured else "",
        "tranid": f"2{_digits(14)}",
        "ref": _digits(12),
        "postdate": f"{now.astimezone(KUWAIT):%m%d}",
    }


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"

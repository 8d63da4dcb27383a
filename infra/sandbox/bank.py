"""The sandbox's own books: what every payment came to, kept apart from ours, so that ours can be judged by them."""

import secrets
from collections.abc import Callable
from datetime import datetime
from threading import RLock

from infra.sandbox.books import By, Ending, Payment, Posted, Purchase, Refund, posting_day
from infra.sandbox.changes import ended, matured, voided
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.journal import Journal
from infra.sandbox.settings import SandboxSettings
from models.money import Money


class Bank:
    """Thread-safe. Every movement is a line of the journal, with the payment as it then is, before it is answered."""

    def __init__(self, journal: Journal, *, settings: SandboxSettings, now: Callable[[], datetime]) -> None:
        self._journal = journal
        self._settings = settings
        self._now = now
        self._lock = RLock()
        self._payments: dict[str, Payment] = {}
        self._by_trackid: dict[str, list[str]] = {}
        self._by_number: dict[str, str] = {}  # tranid and ref of the sale
        for entry in journal.replay():
            self._remember(Payment.model_validate(entry["payment"]))
        for payment in self.ledger():  # stopped before the merchant confirmed: the money goes back, as at KNET
            if payment.awaits == "answer":
                self.answered(payment.paymentid, confirmed=False)

    def open(self, purchase: Purchase) -> Payment:
        with self._lock:
            earlier = self._of_trackid(purchase.trackid)
            if earlier and earlier[-1].result is None and self._now() < earlier[-1].expires:
                raise KnetRefusalError(Code.IN_PROGRESS)
            if earlier and self._settings.trackid_once:
                raise KnetRefusalError(Code.DUPLICATE)
            expires = self._now() + self._settings.page_ttl
            return self._keep("opened", Payment(paymentid=_paymentid(), purchase=purchase, expires=expires))

    def end(self, paymentid: str, ending: Ending) -> Payment:
        """End an open payment, once: the second click, or a click after the time limit, is refused."""
        with self._lock:
            payment = self.find(paymentid)
            if payment.result is not None:
                raise KnetRefusalError(Code.STATUS)
            if self._now() >= payment.expires:
                raise KnetRefusalError(Code.TIME_LIMIT)
            return self._keep("ended", ended(payment, ending, posted=self._post(), now=self._now()))

    def answered(self, paymentid: str, *, confirmed: bool) -> Payment:
        """What the merchant said to the result that it was sent: without its word, what was taken goes back."""
        with self._lock:
            payment = self.find(paymentid)
            if confirmed:
                return self._keep("acknowledged", payment.model_copy(update={"acknowledged": True, "awaits": ""}))
            waited, payment = payment.awaits, payment.model_copy(update={"awaits": ""})
            if waited and payment.keeps_money:
                payment = voided(payment, at=self._now())
            return self._keep("refused", payment)

    def reverse(self, paymentid: str) -> Payment:
        """Take a capture back without telling anybody but the settlement file; again changes nothing."""
        with self._lock:
            payment = self.find(paymentid)
            if not payment.keeps_money:
                return payment
            return self._keep("reversed", voided(payment, at=self._now(), told=False))

    def refund(self, paymentid: str, amount: Money, *, by: By) -> Refund:
        """Give money back; what is refused leaves no trace."""
        with self._lock:
            payment = self.find(paymentid)
            self._check_refund(payment, amount)
            posted = self._post()
            refund = Refund(**posted.model_dump(), amount=str(amount), by=by)
            self._keep("refunded", payment.model_copy(update={"refunds": (*payment.refunds, refund)}))
            return refund

    def sell(self, trackid: str, amount: Money) -> Payment:
        """A capture that the merchant never asked for."""
        with self._lock:
            payment = self.open(Purchase(trackid=trackid, amt=str(amount)))
            return self.answered(self.end(payment.paymentid, Ending(result="CAPTURED")).paymentid, confirmed=True)

    def find(self, paymentid: str) -> Payment:
        """As it is now: what was to come of it by this time has come."""
        with self._lock:
            payment = self._payments.get(paymentid)
            if payment is None:
                raise KnetRefusalError(Code.STATUS)
            changed = matured(payment, now=self._now(), post=self._post)
            return payment if changed is payment else self._keep("became", changed)

    def by_trackid(self, trackid: str) -> Payment:
        """The payment that ended last, before others the one that keeps money."""
        over = [payment for payment in self._of_trackid(trackid) if payment.result is not None]
        if not over:  # the payer is still at the page, or never came
            raise KnetRefusalError(Code.NOT_FOUND)
        return max(reversed(over), key=lambda payment: payment.keeps_money)

    def by_number(self, number: str) -> Payment:
        """By payment id, transaction id or reference."""
        paymentid = number if number in self._payments else self._by_number.get(number, "")
        if paymentid not in self._payments or self.find(paymentid).result is None:
            raise KnetRefusalError(Code.NOT_FOUND)
        return self.find(paymentid)

    def ledger(self) -> list[Payment]:
        with self._lock:
            return [self.find(paymentid) for paymentid in self._payments]

    def _check_refund(self, payment: Payment, amount: Money) -> None:
        if not payment.keeps_money or payment.posted is None:
            raise KnetRefusalError(Code.ORIGINAL)
        today = posting_day(self._now(), cut_off=self._settings.cut_off)
        if payment.posted.posted_on >= today and not self._settings.refunds_before_settlement:
            raise KnetRefusalError(Code.ORIGINAL)
        within = self._settings.refund_within
        if within is not None and self._now() > payment.posted.at + within:
            raise KnetRefusalError(Code.ORIGINAL)
        if amount > payment.left:
            raise KnetRefusalError(Code.OVER_REFUND)

    def _of_trackid(self, trackid: str) -> list[Payment]:
        return [self.find(paymentid) for paymentid in self._by_trackid.get(trackid, ())]

    def _post(self, at: datetime | None = None) -> Posted:
        at = at or self._now()
        day = posting_day(at, cut_off=self._settings.cut_off)
        return Posted(tranid=f"2{_digits(14)}", ref=_digits(12), at=at, posted_on=day)

    def _keep(self, movement: str, payment: Payment) -> Payment:
        at = self._now().isoformat()
        self._journal.append({"movement": movement, "at": at, "payment": payment.model_dump(mode="json")})
        return self._remember(payment)

    def _remember(self, payment: Payment) -> Payment:
        if payment.paymentid not in self._payments:
            self._by_trackid.setdefault(payment.trackid, []).append(payment.paymentid)
        self._payments[payment.paymentid] = payment
        if payment.posted is not None and payment.posted.tranid:
            self._by_number |= {payment.posted.tranid: payment.paymentid, payment.posted.ref: payment.paymentid}
        return payment


def _paymentid() -> str:
    return f"100{_digits(15)}"


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"

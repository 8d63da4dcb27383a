"""Settlement files as the sandbox's bank writes them, put together line by line."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from infra.payments.reconciling import Report, import_settlement
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.review import ReviewItem, ReviewKind
from tests.world import World

HEADINGS = "Post Date,Type,Status,Amount,Fee,Payment ID,Track ID,Tran ID,Reference ID,Auth Code,Terminal,UDF5"
DAY = date(2026, 11, 23)


@dataclass
class File:
    """The trailer is right unless `off` is set; every method returns the file, to write one in a sentence."""

    day: date = DAY
    fee: int = 150
    off: int = 0
    rows: list[str] = field(default_factory=list)
    captures: int = 0
    refunds: int = 0
    fees: int = 0

    def sale(self, attempt: PaymentAttempt, *, reversed_: bool = False, **changes: Any) -> "File":
        """The line of a payment, with its numbers as the fake bank gives them."""
        trackid = attempt.trackid
        known = {
            "amount": attempt.amount_fils,
            "paymentid": f"10{trackid}",
            "trackid": trackid,
            "tranid": f"20{trackid}",
            "ref": f"30{trackid[:8]}",
        } | changes
        if not reversed_:
            self.captures += known["amount"]
            self.fees += self.fee
        return self._add("Sale", "Reversed" if reversed_ else "Posted", 0 if reversed_ else self.fee, **known)

    def credit(self, attempt: PaymentAttempt, amount: int, *, tranid: str, **changes: Any) -> "File":
        self.refunds += amount
        known = {"paymentid": f"10{attempt.trackid}", "trackid": attempt.trackid, "ref": ""} | changes
        return self._add("Credit", "Posted", 0, amount=amount, tranid=tranid, **known)

    def stranger(self, amount: int = 5000, *, tranid: str = "209", trackid: str = "STRANGER") -> "File":
        self.captures += amount
        self.fees += self.fee
        return self._add(
            "Sale", "Posted", self.fee, amount=amount, paymentid="", trackid=trackid, tranid=tranid, ref=""
        )

    def _add(self, kind: str, status: str, fee: int, **known: Any) -> "File":
        numbers = ",".join(known[word] for word in ("paymentid", "trackid", "tranid", "ref"))
        ptlf = f"ptlf {known.get('ptlf', known['trackid'])}"
        self.rows.append(
            f"{self.day:%d/%m/%Y},{kind},{status},{Money(known['amount'])},{Money(fee)},{numbers},B00001,900001,{ptlf}"
        )
        return self

    @property
    def data(self) -> bytes:
        sums = (self.captures + self.off, self.refunds, self.fees, self.captures - self.refunds - self.fees)
        total = ",".join(["TOTAL", *(str(Money(each)) for each in sums)])
        return "\r\n".join([HEADINGS, *self.rows, total, ""]).encode()

    def taken_in(self, world: World, *, name: str = "knet.csv", **how: Any) -> Report:
        return take_in(world, self.data, name=name, **how)


def questions(world: World) -> list[ReviewKind]:
    """What staff are asked and have not answered."""
    return [each.kind for each in world.rows(ReviewItem, resolved_at=None)]


def take_in(world: World, data: bytes, *, name: str = "knet.csv", profile: str = "sandbox_knet", **how: Any) -> Report:
    return import_settlement(
        world.ports, gateway="knet", profile=profile, name=name, data=data, actor="accountant", **how
    )

"""The bank's settlement file of one posting day, as CSV: a line for every movement, then the totals."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Literal

from infra.sandbox.bank import Bank
from infra.sandbox.books import Payment, Posted
from infra.sandbox.scenario import AmountOff
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import SandboxSettings
from models.errors import InputError
from models.money import Money

COLUMNS = (
    "Post Date",
    "Type",
    "Status",
    "Amount",
    "Fee",
    "Payment ID",
    "Track ID",
    "Tran ID",
    "Reference ID",
    "Auth Code",
    "Terminal",
    "UDF5",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    payment: Payment
    posted: Posted
    kind: Literal["Sale", "Credit"]
    taken_back: bool = False
    amount: Money
    fee: Money = Money(0)  # noqa: RUF009 - it is frozen

    @property
    def order(self) -> tuple[datetime, str]:
        return (self.posted.at, self.posted.tranid)


class SettlementExport:
    """The same books give the same bytes. `settings` say what the bank keeps and how it writes a day."""

    def __init__(self, bank: Bank, scenarios: Scenarios, settings: SandboxSettings) -> None:
        self._bank = bank
        self._scenarios = scenarios
        self._settings = settings

    def write(self, day: date, *, columns: str = "", dates: str = "", wrong_total: bool = False) -> str:
        """`columns` names some of COLUMNS, each perhaps with another heading: `Track ID,Amount:Gross`.

        The last row is `TOTAL,<captures>,<refunds>,<fees>,<net>`, whatever the columns; InputError names a wrong one.
        """
        shown = _columns(columns)
        lines = sorted(self._lines(day), key=lambda line: line.order)
        written = StringIO()
        rows = csv.writer(written, lineterminator="\r\n")
        rows.writerow(heading for _, heading in shown)
        for line in lines:
            cells = self._cells(line, dates or self._settings.settlement_dates)
            rows.writerow(cells[column] for column, _ in shown)
        rows.writerow(self._total(lines, off=Money(1 if wrong_total else 0)))
        return written.getvalue()

    def _lines(self, day: date) -> Iterator[Line]:
        for payment in self._bank.ledger():
            posted = payment.posted
            if payment.captured is not None and posted is not None and posted.posted_on == day:
                yield from self._sale(payment, posted)
            for refund in payment.refunds:
                if refund.posted_on == day:
                    yield Line(payment=payment, posted=refund, kind="Credit", amount=Money.parse(refund.amount))

    def _sale(self, payment: Payment, posted: Posted) -> Iterator[Line]:
        """A scripted reversal happens when the bank writes the day's first file."""
        faults = self._scenarios.of(payment.trackid).settlement
        if "reversed" in faults:
            payment = self._bank.reverse(payment.paymentid)
        off = sum(fault.amount_off_by_fils for fault in faults if isinstance(fault, AmountOff))
        line = Line(
            payment=payment,
            posted=posted,
            kind="Sale",
            taken_back=payment.voided,
            amount=Money.parse(payment.captured or "") + Money(off),
            fee=Money(0 if payment.voided else self._settings.fee_fils),
        )
        copies = 0 if "missing" in faults else 2 if "duplicate" in faults else 1
        yield from [line] * copies

    def _cells(self, line: Line, dates: str) -> dict[str, str]:
        posted, payment = line.posted, line.payment
        day = posted.postdate if dates == "MMDD" else f"{posted.posted_on:%d/%m/%Y}"
        status = "Reversed" if line.taken_back else "Posted"
        texts = (day, line.kind, status, str(line.amount), str(line.fee), payment.paymentid, payment.trackid)
        numbers = (posted.tranid, posted.ref, payment.auth if line.kind == "Sale" else "")
        others = (self._settings.tranportal_id, payment.purchase.udf.get("udf5", ""))
        return dict(zip(COLUMNS, (*texts, *numbers, *others), strict=True))

    def _total(self, lines: Sequence[Line], *, off: Money) -> list[str]:
        """Of the lines as written; `off` goes to the captures, and so the row contradicts the file."""
        counted = [line for line in lines if not line.taken_back]
        captures = Money.total(line.amount for line in counted if line.kind == "Sale")
        refunds = Money.total(line.amount for line in counted if line.kind == "Credit")
        fees = Money.total(line.fee for line in counted)
        net = captures - refunds - (fees if self._settings.fees_deducted else Money(0))
        return ["TOTAL", *map(str, (captures + off, refunds, fees, net))]


def _columns(text: str) -> list[tuple[str, str]]:
    shown = []
    for part in text.split(",") if text else COLUMNS:
        column, _, heading = part.partition(":")
        if column not in COLUMNS:
            raise InputError("columns", f"{column!r} is none of {', '.join(COLUMNS)}")
        shown.append((column, heading or column))
    return shown

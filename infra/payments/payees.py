"""For whom the money of one day was: what was paid for each payee, what of it went back, and what is left."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlmodel import Session, col, func, select

from infra.database import all_of
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderLine
from models.payments.refund import Refund
from models.quote import FeeLine

_Payee = tuple[str, str]  # in English, in Arabic
_IN_PART: Final[_Payee] = ("returned in part, of no payee alone", "أُعيد جزء منه ولا يخص جهة بعينها")


@dataclass(frozen=True, slots=True)
class PayeeTotal:
    """`fils` is what orders paid on this day have for the payee, `returned` what went back on it."""

    payee_en: str
    payee_ar: str
    fils: int
    returned: int = 0

    @property
    def net(self) -> int:
        """Below nothing when money of an earlier day went back."""
        return self.fils - self.returned


def payee_totals(session: Session, today: Sequence[LedgerEntry]) -> list[PayeeTotal]:
    """By payee in the order of their English names; then what went back of which no payee is known.

    A refund of a whole case or order goes back from whom it was for. Of a part, the books do not know from whom.
    """
    paid, returned = Counter[_Payee](), Counter[_Payee]()
    for each in today:
        if each.kind is LedgerKind.CAPTURE and each.credit is LedgerAccount.ORDERS:
            paid.update(_shares(session, _lines(session, each)))
        elif LedgerAccount.ORDERS in {each.debit, each.credit}:
            back = _returned(session, each)
            returned.update(back if each.debit is LedgerAccount.ORDERS else {who: -fils for who, fils in back.items()})
    names = sorted(paid.keys() | returned.keys(), key=lambda payee: (payee == _IN_PART, payee))
    rows = [PayeeTotal(*payee, paid[payee], returned[payee]) for payee in names]
    return [each for each in rows if each.fils or each.returned]


def _returned(session: Session, entry: LedgerEntry) -> dict[_Payee, int]:
    shares = _shares(session, _lines(session, entry))
    return shares if sum(shares.values()) == entry.amount_fils else {_IN_PART: entry.amount_fils}


def _lines(session: Session, entry: LedgerEntry) -> list[OrderLine]:
    """Of the order, or of the one case whose share a refund gives back: its entries are called by the refund's id."""
    if entry.order_id is None:
        return []
    lines = all_of(session, OrderLine, order_id=entry.order_id)
    refunds = all_of(session, Refund, order_id=entry.order_id)
    case_id = next((each.case_id for each in refunds if each.id.hex == entry.gateway_ref), None)
    return [each for each in lines if case_id in {None, each.case_id}]


def _shares(session: Session, lines: Iterable[OrderLine]) -> dict[_Payee, int]:
    quotes: list[UUID] = [each.quote_id for each in lines]
    query = (
        select(FeeLine.payee_en, FeeLine.payee_ar, func.sum(FeeLine.amount_fils))
        .where(col(FeeLine.quote_id).in_(quotes))
        .group_by(col(FeeLine.payee_en), col(FeeLine.payee_ar))
    )
    return {(english, arabic): int(fils) for english, arabic, fils in session.exec(query)}

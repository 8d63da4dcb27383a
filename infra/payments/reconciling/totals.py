"""Control totals: what the lines of a file come to, against what the bank says that they do."""

from collections.abc import Iterable
from dataclasses import dataclass, fields

from models.money import Money
from models.payments.posting import Posting, PostingKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """`net` is what the bank pays out; it may be negative."""

    captures: Money
    refunds: Money
    fees: Money
    net: Money

    def differences(self, lines: "Totals") -> dict[str, Money]:
        """By how much each of these is more than its lines make; empty when all agree to the fil."""
        pairs = {each.name: getattr(self, each.name) - getattr(lines, each.name) for each in fields(self)}
        return {name: difference for name, difference in pairs.items() if difference.fils}


def totals_of(postings: Iterable[Posting], *, fees_deducted: bool) -> Totals:
    """A capture that was taken back is not paid out, and counts nothing."""
    counted = [each for each in postings if each.kind is not PostingKind.REVERSAL]
    captures = Money.total(each.amount for each in counted if each.kind is PostingKind.CAPTURE)
    refunds = Money.total(each.amount for each in counted if each.kind is PostingKind.REFUND)
    fees = Money.total(each.fee for each in counted)
    net = captures - refunds - (fees if fees_deducted else Money(0))
    return Totals(captures=captures, refunds=refunds, fees=fees, net=net)

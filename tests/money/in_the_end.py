"""What must hold when the faults have stopped and four days have passed: no fil is silent, and both books agree."""

from datetime import timedelta

from infra.payments.due import settle_due
from models.case import CaseStatus
from models.money import Money
from models.payments.ledger import LedgerKind
from models.payments.order import OrderStatus, PaymentOrder
from models.payments.refund import RefundState
from tests.money.bed import Bed
from tests.money.books import Books, kept

_R = RefundState
_OPEN = {_R.REQUESTED, _R.APPROVED, _R.SUBMITTING, _R.UNKNOWN}
_FOUR_DAYS = (
    *(timedelta(minutes=minutes) for minutes in (2, 4, 16, 46, 16, 60, 180)),
    *(timedelta(hours=12) for _ in range(8)),
)
_ROUNDS = 40


def let_four_days_pass(bed: Bed) -> None:
    """The worker goes its rounds, and whenever nothing is due, time passes."""
    for wait in _FOUR_DAYS:
        bed.clock.advance(wait)
        settle_what_is_due(bed)


def settle_what_is_due(bed: Bed) -> None:
    for _ in range(_ROUNDS):
        done = settle_due(bed.ports)
        if not done.asked and not done.refunds:
            return
    raise AssertionError("the worker never comes to rest")


def is_explained(books: Books, order: PaymentOrder) -> bool:
    """Staff are asked, or have answered; or a refund is not at its end."""
    asked = [each for each in books.reviews if each.order_id == order.id]
    staff = [each for each in asked if each.resolved_at is None or each.resolution != "answered by evidence"]
    return bool(staff) or any(each.order_id == order.id and each.state in _OPEN for each in books.refunds)


def is_told_by_the_file_only(books: Books, order: PaymentOrder) -> bool:
    """What the bank's own staff gave back: only the settlement file shows it."""
    lines = books.payments(books.attempts_of(order))
    return any(refund["by"] == "portal" for line in lines for refund in line["refunds"])


def i1_an_order_is_paid_once_or_not_at_all(books: Books) -> None:
    for order in books.orders:
        if is_explained(books, order) or is_told_by_the_file_only(books, order):
            continue
        parts = [r for r in books.refunds if r.order_id == order.id and r.state is _R.SUCCEEDED and not r.automatic]
        net, given_back = books.net_at_the_bank(order), sum(each.amount_fils for each in parts)
        assert net in {0, order.amount_fils - given_back}, (net, order.amount_fils)
        assert net == books.net_in_the_ledger(order)


def i4_no_money_is_silent(books: Books) -> None:
    """Every capture at the bank is booked by us, or gone back, or before the eyes of staff."""
    for order in books.orders:
        booked = {
            books.attempt_of(each).id: each for each in books.entries_of(order) if each.kind is LedgerKind.CAPTURE
        }
        for attempt in books.attempts_of(order):
            for line in books.bank[attempt.trackid]:
                if kept(line) and attempt.id not in booked:
                    assert is_explained(books, order), f"{line} is in no book of ours ({attempt.state})"


def i6_what_the_bank_took_is_what_we_booked(books: Books) -> None:
    for order in books.orders:
        if is_explained(books, order):
            continue
        for entry in (each for each in books.entries_of(order) if each.kind is LedgerKind.CAPTURE):
            [line] = [each for each in books.bank[books.attempt_of(entry).trackid] if each["captured"]]
            assert Money.parse(line["captured"]).fils == entry.amount_fils


def i14_a_paid_case_has_its_receipt(books: Books) -> None:
    """And what is not paid has none that stands."""
    standing = {each.case_id for each in books.receipts if each.revoked_at is None}
    for order in books.orders:
        for case_id in (each.case_id for each in books.lines if each.order_id == order.id):
            if order.status is OrderStatus.PAID:
                [case] = [each for each in books.cases if each.id == case_id]
                assert case.status in {CaseStatus.COMPLETED, CaseStatus.CANCELLED}, case.status
                assert (case.status is CaseStatus.COMPLETED) <= (case_id in standing)
            elif order.status is not OrderStatus.REVIEW and order.status is not OrderStatus.REFUND_PENDING:
                assert case_id not in standing


EVENTUALLY = (
    i1_an_order_is_paid_once_or_not_at_all,
    i4_no_money_is_silent,
    i6_what_the_bank_took_is_what_we_booked,
    i14_a_paid_case_has_its_receipt,
)

"""The bank took a payment back before the receipt, staff let the order be paid again: the second payment is the one."""

from infra.payments.reconciling import import_settlement
from infra.payments.refund_requests import refundable
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tests.world import World

_HEAD = "Post Date,Type,Status,Amount,Fee,Payment ID,Track ID,Tran ID,Reference ID,Auth Code,Terminal,UDF5"


def _reversed_in_the_file(world: World, attempt: PaymentAttempt) -> None:
    amount = Money(attempt.amount_fils)
    line = f"{world.today:%d/%m/%Y},Sale,Reversed,{amount},0.000,,{attempt.trackid},,,,900001,"
    data = f"{_HEAD}\r\n{line}\r\nTOTAL,0.000,0.000,0.000,0.000\r\n".encode()
    import_settlement(world.ports, gateway="knet", profile="sandbox_knet", name="day.csv", data=data, actor="tester")


def test_the_receipt_and_a_refund_stand_on_the_payment_that_stayed(world: World) -> None:
    case_id = world.at(CaseStatus.AWAITING_PAYMENT)
    first = world.pay(case_id)
    _reversed_in_the_file(world, first)
    assert world.status(case_id) is CaseStatus.PAYMENT_REVIEW
    [item] = world.rows(ReviewItem, kind=ReviewKind.REVERSED)
    close_review(world.ports, item.id, actor="staff", resolution="the payer pays again")
    second = world.pay(case_id)
    assert world.run(case_id) is CaseStatus.COMPLETED
    [receipt] = world.rows(Receipt)
    captures = world.rows(LedgerEntry, kind=LedgerKind.CAPTURE)
    [paying] = [each for each in captures if each.gateway_ref == world.get(PaymentAttempt, second.id).tranid]
    assert (len(captures), receipt.capture_entry_id) == (2, paying.id)
    with world.session() as session:
        found = refundable(session, world.order(case_id))
    assert found is not None
    assert (found[0].id, found[1]) == (paying.id, second.amount_fils)


def test_an_order_whose_case_is_over_is_closed_and_money_that_comes_late_goes_back(world: World) -> None:
    case_id = world.at(CaseStatus.AWAITING_PAYMENT)
    given_up = world.start(case_id)
    world.clock.advance(hours=1)
    world.settle(given_up)
    world.clock.advance(hours=1)
    world.settle(given_up)
    first = world.pay(case_id)
    assert world.run(case_id) is CaseStatus.COMPLETED
    _reversed_in_the_file(world, first)
    [item] = world.rows(ReviewItem, kind=ReviewKind.REVERSED)
    close_review(world.ports, item.id, actor="staff", resolution="the department collects it")
    assert world.order(case_id).status is OrderStatus.CANCELLED
    world.notify(world.gateway.captures(given_up.trackid))
    world.clock.advance(minutes=5)
    world.settle_all()
    world.clock.advance(minutes=5)
    world.settle_all()
    assert world.gateway.returned == {given_up.trackid: Money(given_up.amount_fils)}
    assert world.order(case_id).status is OrderStatus.CANCELLED

"""The bank took a payment back before the receipt, staff let the order be paid again: the second payment is the one."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from infra.errors import TransientError
from infra.payments.reconciling import import_settlement
from infra.payments.refund_requests import approve_refund, refundable, request_refund
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tests.settlement import DAY, File
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


def test_a_receipt_that_was_only_numbered_when_its_payment_was_taken_back_gives_way_to_a_new_one(world: World) -> None:
    case_id = world.at(CaseStatus.EXTENDED)
    [first] = world.attempts(case_id)
    world.store.writes_left = 0
    with pytest.raises(TransientError):
        world.step(case_id)
    world.store.writes_left = None
    _reversed_in_the_file(world, first)
    [item] = world.rows(ReviewItem, kind=ReviewKind.REVERSED)
    close_review(world.ports, item.id, actor="staff", resolution="the payer pays again")
    second = world.pay(case_id)
    assert world.run(case_id) is CaseStatus.COMPLETED
    revoked, standing = world.rows(Receipt)
    assert (revoked.revoked_because, revoked.sha256) == ("the bank took the payment back", None)
    paying = world.get(LedgerEntry, standing.capture_entry_id)
    assert (standing.revoked_at, paying.gateway_ref) == (None, world.get(PaymentAttempt, second.id).tranid)
    assert standing.sha256 is not None
    assert [each.number for each in (revoked, standing)] == ["RC-2026-000001", "RC-2026-000002"]


def test_a_receipt_whose_payment_is_taken_back_while_it_is_rendered_is_not_issued(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.at(CaseStatus.EXTENDED)
    [first] = world.attempts(case_id)
    render = world.pool.run

    def slowly(job: Callable[..., object], *about: object) -> object:
        _reversed_in_the_file(world, first)
        return render(job, *about)

    monkeypatch.setattr(world.pool, "run", slowly)
    assert world.step(case_id) is CaseStatus.PAYMENT_REVIEW
    [receipt] = world.rows(Receipt)
    assert (receipt.sha256, receipt.revoked_because) == (None, "the bank took the payment back")


def test_no_receipt_is_numbered_for_money_that_went_back(world: World) -> None:
    case_id = world.at(CaseStatus.EXTENDED)
    order = world.order(case_id)
    whole = Money(order.amount_fils)
    refund = request_refund(world.ports, order.id, amount=None, believed_left=whole, reason="paid twice", actor="one")
    approve_refund(world.ports, refund, actor="two")
    world.settle_all()
    assert world.step(case_id) is CaseStatus.PAYMENT_REVIEW
    assert world.rows(Receipt) == []


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


def test_what_went_back_of_a_reversed_payment_is_no_part_of_the_next_one(world: World) -> None:
    """The bank writes what it took back as a reversed sale, and a day later as a credit too."""
    case_id = world.at(CaseStatus.PAID)
    [first] = world.attempts(case_id)
    File().sale(first, reversed_=True).taken_in(world, name="1")
    _close_all(world)
    File(day=DAY + timedelta(days=1)).credit(first, first.amount_fils, tranid="77").taken_in(world, name="2")
    _close_all(world)
    second = world.start(case_id)
    world.paid_at_the_bank(second)
    world.clock.advance(hours=3)
    world.settle_all()
    captures = world.rows(LedgerEntry, kind=LedgerKind.CAPTURE)
    assert world.get(PaymentAttempt, second.id).tranid in {each.gateway_ref for each in captures}
    assert world.order(case_id).status is OrderStatus.PAID
    assert world.run(case_id) is CaseStatus.COMPLETED


def _close_all(world: World) -> None:
    for item in world.rows(ReviewItem, resolved_at=None):
        close_review(world.ports, item.id, actor="staff", resolution="the payer was told")

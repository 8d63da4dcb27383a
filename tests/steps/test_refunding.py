"""Refunds: asked for by one and approved by another, sent once, and booked by what the gateway said."""

from functools import partial
from uuid import UUID

import pytest

from infra.payments.refund_requests import approve_refund, refuse_refund, request_refund
from infra.payments.refunding import LEASE, send_refund
from models.case import CaseStatus
from models.errors import InputError, RuleError
from models.money import Money
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tests.crashes import CrashError, crash
from tests.racing import at_once
from tests.world import World

_O, _R, _S = EvidenceOutcome, RefundState, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.COMPLETED)


def asked(world: World, case_id: UUID, *, amount: Money | None = None, actor: str = "first") -> UUID:
    order = world.order(case_id)
    left = Money(order.amount_fils - sum(each.amount_fils for each in world.rows(Refund, order_id=order.id)))
    return request_refund(world.ports, order.id, amount=amount, believed_left=left, reason="paid in error", actor=actor)


def approved(world: World, case_id: UUID, *, amount: Money | None = None) -> UUID:
    refund_id = asked(world, case_id, amount=amount)
    approve_refund(world.ports, refund_id, actor="second")
    return refund_id


def state(world: World, refund_id: UUID) -> RefundState:
    return world.get(Refund, refund_id).state


def test_whole_refund_is_sent_once_booked_once_and_revokes_the_receipt(world: World, case_id: UUID) -> None:
    refund_id = approved(world, case_id)
    world.settle_all()
    world.settle_all()
    order = world.order(case_id)
    [entry] = world.rows(LedgerEntry, kind=LedgerKind.REFUND)
    assert (entry.debit, entry.credit, entry.amount_fils) == (
        LedgerAccount.ORDERS,
        LedgerAccount.GATEWAY,
        order.amount_fils,
    )
    assert (state(world, refund_id), order.status) == (_R.SUCCEEDED, OrderStatus.REFUNDED)
    assert len(world.gateway.refund_requests) == 1
    assert world.rows(Receipt)[0].revoked_because == "the payment was refunded"


def test_part_of_it_leaves_the_order_paid_and_the_receipt_standing(world: World, case_id: UUID) -> None:
    approved(world, case_id, amount=Money(1_000))
    world.settle_all()
    assert world.order(case_id).status is OrderStatus.PAID
    assert world.rows(Receipt)[0].revoked_at is None
    assert sum(each.fils for each in world.gateway.returned.values()) == 1_000


def test_who_asks_does_not_approve(world: World, case_id: UUID) -> None:
    refund_id = asked(world, case_id)
    with pytest.raises(RuleError, match="another person"):
        approve_refund(world.ports, refund_id, actor="first")
    world.settle_all()
    assert (state(world, refund_id), world.gateway.refund_requests) == (_R.REQUESTED, [])


def test_refused_request_moves_nothing_and_frees_the_money(world: World, case_id: UUID) -> None:
    refund_id = asked(world, case_id)
    refuse_refund(world.ports, refund_id, actor="second", reason="not owed")
    assert state(world, refund_id) is _R.REJECTED
    order = world.order(case_id)
    again = request_refund(
        world.ports, order.id, amount=None, believed_left=Money(order.amount_fils), reason="owed", actor="first"
    )
    assert state(world, again) is _R.REQUESTED


def test_amount_believed_to_be_left_must_still_be_left(world: World, case_id: UUID) -> None:
    asked(world, case_id, amount=Money(1_000))
    order = world.order(case_id)
    with pytest.raises(InputError, match="believed-left"):
        request_refund(
            world.ports, order.id, amount=None, believed_left=Money(order.amount_fils), reason="owed", actor="third"
        )


@pytest.mark.parametrize("fils", [0, -1, 10**9])
def test_amount_is_more_than_nothing_and_at_most_what_is_left(world: World, case_id: UUID, fils: int) -> None:
    with pytest.raises(InputError, match="amount"):
        asked(world, case_id, amount=Money(fils))


def test_two_operators_at_once_cannot_ask_for_the_same_money(world: World, case_id: UUID) -> None:
    order = world.order(case_id)
    ask = partial(
        request_refund,
        world.ports,
        order.id,
        amount=None,
        believed_left=Money(order.amount_fils),
        reason="paid in error",
    )
    results = at_once(partial(ask, actor="one"), partial(ask, actor="two"))
    assert sorted(type(each).__name__ for each in results) in (["RuleError", "UUID"], ["InputError", "UUID"])
    assert len(world.rows(Refund)) == 1


@pytest.mark.parametrize("moment", ["before_commit", "after_commit"])
@pytest.mark.parametrize("nth", [1, 2])
def test_death_around_the_request_never_sends_it_twice(world: World, case_id: UUID, moment: str, nth: int) -> None:
    refund_id = approved(world, case_id)
    with pytest.raises(CrashError), crash(moment, nth=nth):
        send_refund(world.ports, refund_id, actor="tester")
    for _ in range(3):
        world.clock.advance(seconds=LEASE.total_seconds() + 1)
        world.settle_all()
    requests = len(world.gateway.refund_requests)
    sent_and_recorded = (moment, nth) in {("after_commit", 2), ("before_commit", 1)}
    assert requests == (0 if (moment, nth) == ("after_commit", 1) else 1)
    assert state(world, refund_id) is (_R.SUCCEEDED if sent_and_recorded else _R.UNKNOWN)
    assert bool(world.rows(ReviewItem, kind=ReviewKind.REFUND_UNKNOWN)) is not sent_and_recorded


def test_lost_reply_is_not_known_and_never_sent_again(world: World, case_id: UUID) -> None:
    refund_id = approved(world, case_id)
    world.gateway.next_refund_answers.append(_O.TRANSPORT_ERROR)
    for _ in range(5):
        world.settle_all()
        world.clock.advance(days=1)
    assert (state(world, refund_id), len(world.gateway.refund_requests)) == (_R.UNKNOWN, 1)
    assert world.order(case_id).status is OrderStatus.REFUND_PENDING
    [item] = world.rows(ReviewItem)
    assert (item.kind, item.refund_id) == (ReviewKind.REFUND_UNKNOWN, refund_id)


def test_what_never_left_our_side_is_sent_later(world: World, case_id: UUID) -> None:
    refund_id = approved(world, case_id)
    world.gateway.next_refund_answers.append(_O.NOT_SENT)
    world.settle_all()
    assert state(world, refund_id) is _R.APPROVED
    world.clock.advance(minutes=6)
    world.settle_all()
    assert state(world, refund_id) is _R.SUCCEEDED


def test_refused_by_the_gateway_is_for_staff_and_the_order_stays_paid(world: World, case_id: UUID) -> None:
    refund_id = approved(world, case_id)
    world.gateway.next_refund_answers.append(_O.DECLINED)
    world.settle_all()
    assert (state(world, refund_id), world.order(case_id).status) == (_R.REJECTED, OrderStatus.PAID)
    assert world.rows(ReviewItem)[0].kind is ReviewKind.REFUND_REJECTED
    assert not world.rows(LedgerEntry, kind=LedgerKind.REFUND)


def test_two_parts_are_sent_one_after_the_other(world: World, case_id: UUID) -> None:
    first, second = approved(world, case_id, amount=Money(1_000)), approved(world, case_id, amount=Money(2_000))
    world.gateway.next_refund_answers.append(_O.TRANSPORT_ERROR)
    for _ in range(3):
        world.settle_all()
        world.clock.advance(minutes=6)
    assert {state(world, first), state(world, second)} == {_R.UNKNOWN, _R.APPROVED}
    assert len(world.gateway.refund_requests) == 1


def test_two_workers_at_once_send_one_request(world: World, case_id: UUID) -> None:
    refund_id = approved(world, case_id)
    send = partial(send_refund, world.ports, refund_id, actor="tester")
    at_once(send, send, send)
    assert len(world.gateway.refund_requests) == 1
    assert state(world, refund_id) is _R.SUCCEEDED
    assert len(world.rows(GatewayEvidence, kind=EvidenceKind.REFUND_REPLY)) == 1


def test_surplus_that_the_gateway_refused_to_return_is_asked_for_by_two_persons(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    world.settle(attempt)
    world.gateway.next_refund_answers.append(_O.DECLINED)
    world.clock.advance(minutes=2)
    world.settle_all()
    order = world.order(case_id)
    refund_id = request_refund(
        world.ports,
        order.id,
        amount=None,
        believed_left=Money(attempt.amount_fils + 1),
        reason="the bank's refusal is mended",
        actor="first",
        surplus=True,
    )
    approve_refund(world.ports, refund_id, actor="second")
    world.settle_all()
    assert state(world, refund_id) is _R.SUCCEEDED
    assert world.gateway.returned == {attempt.trackid: Money(attempt.amount_fils + 1)}

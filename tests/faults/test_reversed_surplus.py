"""The bank takes back what was paid twice, before we return it: the order stays paid, and nobody is asked."""

from uuid import UUID

import pytest

from infra.payments.due import settle_due
from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tests.settlement import File
from tests.world import World

_A, _O, _R, _S = AttemptState, EvidenceOutcome, RefundState, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def surplus(world: World, case_id: UUID) -> PaymentAttempt:
    """It was given up, another paid the order, and then its money came."""
    first = world.start(case_id)
    world.gateway.next_answers.append(_O.DECLINED)
    world.settle(first)
    world.pay(case_id)
    world.run(case_id)
    world.notify(world.gateway.captures(first.trackid))
    world.clock.advance(seconds=61)
    assert world.settle(first) is _A.CAPTURED
    return first


def taken_back(world: World, surplus: PaymentAttempt, *, by_file: bool) -> None:
    if by_file:
        File().sale(surplus, reversed_=True).taken_in(world)
        return
    world.gateway.next_answers.append(_O.VOIDED)
    world.settle(surplus)


def suspense(world: World) -> int:
    taken = sum(each.amount_fils for each in world.rows(LedgerEntry, credit=LedgerAccount.SUSPENSE))
    return taken - sum(each.amount_fils for each in world.rows(LedgerEntry, debit=LedgerAccount.SUSPENSE))


@pytest.mark.parametrize("by_file", [True, False])
def test_surplus_that_the_bank_took_back_leaves_the_order_paid(
    world: World, case_id: UUID, surplus: PaymentAttempt, *, by_file: bool
) -> None:
    taken_back(world, surplus, by_file=by_file)
    assert world.get(PaymentAttempt, surplus.id).state is _A.VOIDED
    [void] = world.rows(LedgerEntry, kind=LedgerKind.VOID)
    assert (void.debit, void.amount_fils, suspense(world)) == (LedgerAccount.SUSPENSE, surplus.amount_fils, 0)
    assert world.rows(ReviewItem) == []
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.PAID, _S.COMPLETED)
    assert [each.revoked_at for each in world.rows(Receipt)] == [None]
    world.clock.advance(minutes=5)
    world.settle_all()
    assert ([each.state for each in world.rows(Refund)], world.gateway.refund_requests) == ([_R.REJECTED], [])


@pytest.mark.parametrize("answer", [_O.REFUNDED, _O.TRANSPORT_ERROR])
def test_surplus_that_may_have_gone_back_twice_is_for_staff(
    world: World, case_id: UUID, surplus: PaymentAttempt, answer: EvidenceOutcome
) -> None:
    world.gateway.next_refund_answers.append(answer)
    world.clock.advance(seconds=61)
    settle_due(world.ports)
    taken_back(world, surplus, by_file=False)
    assert ReviewKind.REVERSED in [each.kind for each in world.rows(ReviewItem, resolved_at=None)]
    assert world.order(case_id).status is OrderStatus.REVIEW

"""A case that is paid and refused for good is cancelled: its share is asked back, and the rest of its batch goes on."""

from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.payments.due import settle_due
from infra.payments.refund_requests import approve_refund
from models.case import CaseStatus
from models.errors import RuleError
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderLine, OrderStatus
from models.payments.refund import Refund, RefundState
from models.receipt import Receipt
from tests.world import World

_S = CaseStatus


def refuse(world: World, case_id: UUID) -> None:
    world.registries.trouble = PermanentError("this person may not be renewed")
    assert world.run(case_id) is _S.RENEWAL_REFUSED
    world.registries.trouble = None


def cancel(world: World, case_id: UUID, *, actor: str = "sara") -> Refund:
    cancel_case(world.ports, world.case(case_id).reference, actor=actor, reason="the registry refuses for good")
    assert world.status(case_id) is _S.CANCELLED
    [refund] = world.rows(Refund, case_id=case_id)
    return refund


def approve(world: World, refund: Refund) -> None:
    approve_refund(world.ports, refund.id, actor="omar")
    settle_due(world.ports)


@pytest.fixture
def rows(world: World) -> list[UUID]:
    """Three rows of a company, paid together; nobody is renewed yet."""
    cases = world.submitted(world.company(*[world.person() for _ in range(3)]))
    world.release()
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    return cases


def test_refused_rows_share_goes_back_and_the_others_are_renewed(world: World, rows: list[UUID]) -> None:
    refused, *others = rows
    refuse(world, refused)
    refund = cancel(world, refused)
    [line] = world.rows(OrderLine, case_id=refused)
    assert (refund.amount_fils, refund.state) == (line.amount_fils, RefundState.REQUESTED)
    assert [world.run(each) for each in others] == [_S.COMPLETED] * 2
    approve(world, refund)
    [request] = world.gateway.refund_requests
    assert request.amount.fils == line.amount_fils
    assert (world.order(refused).status, len(world.rows(LedgerEntry, kind=LedgerKind.REFUND))) == (OrderStatus.PAID, 1)
    assert [each.revoked_at for each in world.rows(Receipt)] == [None, None]


def test_rows_that_fail_one_after_another_are_each_given_their_own_share(world: World, rows: list[UUID]) -> None:
    for case_id in rows:
        refuse(world, case_id)
        approve(world, cancel(world, case_id))
    order = world.order(rows[0])
    returned = sum(each.amount.fils for each in world.gateway.refund_requests)
    assert (returned, order.status) == (order.amount_fils, OrderStatus.REFUNDED)
    assert {world.status(each) for each in rows} == {_S.CANCELLED}


def test_who_cancels_does_not_approve_the_refund(world: World, rows: list[UUID]) -> None:
    refuse(world, rows[0])
    refund = cancel(world, rows[0])
    with pytest.raises(RuleError, match="another person"):
        approve_refund(world.ports, refund.id, actor="sara")
    settle_due(world.ports)
    assert world.gateway.refund_requests == []


def test_single_case_that_is_refused_for_good_gets_all_of_it_back(world: World) -> None:
    case_id = world.at(_S.PAID)
    refuse(world, case_id)
    refund = cancel(world, case_id)
    assert refund.amount_fils == world.order(case_id).amount_fils
    approve(world, refund)
    assert world.order(case_id).status is OrderStatus.REFUNDED
    assert world.rows(Receipt) == []


def test_cancelling_again_asks_for_nothing_more(world: World, rows: list[UUID]) -> None:
    refuse(world, rows[0])
    cancel(world, rows[0])
    with pytest.raises(RuleError):
        cancel_case(world.ports, world.case(rows[0]).reference, actor="omar", reason="again")
    assert len(world.rows(Refund)) == 1


def test_paid_case_that_nobody_refused_is_not_cancelled(world: World, rows: list[UUID]) -> None:
    with pytest.raises(RuleError):
        cancel_case(world.ports, world.case(rows[0]).reference, actor="sara", reason="a change of mind")
    assert world.rows(Refund) == []

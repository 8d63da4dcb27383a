"""A part of the money went back before the renewal: nobody's permit is extended for what is left."""

from uuid import UUID

import pytest

from infra.payments.refund_requests import approve_refund, refundable, request_refund
from models.case import CaseStatus
from models.money import Money
from models.receipt import Receipt
from tests.world import World


def give_back(world: World, case_id: UUID, *, fils: int) -> None:
    """Of the order's money, without saying whose share it is."""
    order = world.order(case_id)
    with world.session() as session:
        found = refundable(session, order)
    assert found is not None
    left, amount = Money(found[1]), Money(fils)
    key = request_refund(world.ports, order.id, amount=amount, believed_left=left, reason="by mistake", actor="one")
    approve_refund(world.ports, key, actor="two")
    world.settle_all()


def test_a_permit_is_not_extended_for_one_fil(world: World) -> None:
    case_id = world.at(CaseStatus.PAID)
    give_back(world, case_id, fils=world.order(case_id).amount_fils - 1)
    assert world.run(case_id) is CaseStatus.PAYMENT_REVIEW
    assert not world.registries.extended


@pytest.mark.parametrize("rows", [2, 3])
def test_nobody_of_a_batch_is_renewed_while_a_part_of_its_money_is_nobodys(world: World, rows: int) -> None:
    cases = world.submitted(world.company(*[world.person() for _ in range(rows)]))
    world.release()
    for each in cases:
        world.run(each)
    world.pay(cases[0])
    give_back(world, cases[0], fils=world.order(cases[0]).amount_fils // rows)
    assert {world.run(each) for each in cases} == {CaseStatus.PAYMENT_REVIEW}
    assert not world.registries.extended
    assert not world.rows(Receipt)

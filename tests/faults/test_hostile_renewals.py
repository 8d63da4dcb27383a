"""Money that went back, or is asked back, renews nothing; a permit that was extended without it is a question."""

from uuid import UUID

import pytest

from infra.errors import PermanentError
from infra.holding import hold_case, unhold_case
from infra.payments.refund_requests import approve_refund, refuse_refund, request_refund
from infra.payments.reprocessing import reprocess
from infra.payments.reviews import close_review
from infra.payments.standings import Selection, preview
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderLine, OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.reprocess import Because, Plan, Safety
from models.payments.review import ReviewItem, ReviewKind
from models.receipt import Receipt
from tasks.standing import _take_up
from tests.world import World

_S = CaseStatus


def asked(world: World, case_id: UUID, *, share: bool = False) -> UUID:
    order = world.order(case_id)
    [line] = world.rows(OrderLine, order_id=order.id, case_id=case_id)
    return request_refund(
        world.ports,
        order.id,
        amount=None,
        believed_left=Money(line.amount_fils if share else order.amount_fils),
        reason="the payer wants it back",
        actor="sara",
        case_id=case_id if share else None,
    )


def given_back(world: World, case_id: UUID, *, share: bool = False) -> None:
    key = asked(world, case_id, share=share)
    approve_refund(world.ports, key, actor="omar")
    world.settle_all()
    assert world.get(Refund, key).state is RefundState.SUCCEEDED


def refused(world: World) -> UUID:
    case_id = world.at(_S.PAID)
    world.registries.trouble = PermanentError("no")
    assert world.step(case_id) is _S.RENEWAL_REFUSED
    world.registries.trouble = None
    return case_id


def planned(world: World, case_id: UUID) -> Plan:
    [plan] = preview(world.ports, Selection(references=(world.case(case_id).reference,)))
    return plan


def test_a_held_case_whose_money_went_back_is_over(world: World) -> None:
    case_id = world.at(_S.PAID)
    hold_case(world.ports, case_id=case_id, actor="sara", reason="the payer wants the money back")
    given_back(world, case_id)
    world.run(case_id)
    assert (world.status(case_id), world.registries.extended) == (_S.CANCELLED, {})


def test_a_held_case_whose_refund_waits_for_approval_is_not_renewed_by_unhold(world: World) -> None:
    case_id = world.at(_S.PAID)
    hold_case(world.ports, case_id=case_id, actor="sara", reason="the payer wants the money back")
    key = asked(world, case_id)
    unhold_case(world.ports, case_id=case_id, actor="sara", reason="the refund is asked for")
    assert world.run(case_id) is _S.PAYMENT_REVIEW
    assert _take_up(case_id) is _S.PAYMENT_REVIEW
    approve_refund(world.ports, key, actor="omar")
    world.settle_all()
    assert (world.status(case_id), world.registries.extended) == (_S.CANCELLED, {})


def test_a_case_whose_refund_was_refused_is_renewed(world: World) -> None:
    case_id = world.at(_S.PAID)
    key = asked(world, case_id)
    assert world.run(case_id) is _S.PAYMENT_REVIEW
    refuse_refund(world.ports, key, actor="omar", reason="the payer has changed their mind")
    assert world.run(case_id) is _S.COMPLETED


def test_a_refused_renewal_is_over_when_its_money_went_back(world: World) -> None:
    case_id = refused(world)
    given_back(world, case_id)
    assert world.status(case_id) is _S.CANCELLED
    assert planned(world, case_id).safety is Safety.REFUSED


def test_a_refused_renewal_is_not_asked_about_again_while_its_refund_is_open(world: World) -> None:
    case_id = refused(world)
    before = planned(world, case_id)
    key = asked(world, case_id)
    assert planned(world, case_id).safety is Safety.NEEDS_APPROVAL
    reprocess(world.ports, [before], actor="omar")
    assert _take_up(case_id) is _S.RENEWAL_REFUSED
    approve_refund(world.ports, key, actor="omar")
    world.sql("update refund set due_at = due_at + interval '1 hour'")
    assert (planned(world, case_id).safety, planned(world, case_id).because) == (
        Safety.NEEDS_APPROVAL,
        Because.MONEY_LEAVES,
    )
    assert world.registries.extended == {}


def test_only_the_row_whose_share_went_back_is_over(world: World) -> None:
    rows = world.submitted(world.company(world.person(18), world.person(18)))
    world.release(*rows)
    for each in rows:
        world.run(each)
    world.pay(rows[0])
    given_back(world, rows[0], share=True)
    assert [world.run(each) for each in rows] == [_S.CANCELLED, _S.COMPLETED]
    assert list(world.registries.extended) == rows[1:]


def test_a_refused_renewal_whose_payment_the_bank_took_back_is_not_renewed(world: World) -> None:
    case_id = refused(world)
    [attempt] = world.attempts(case_id)
    world.gateway.next_answers.append(EvidenceOutcome.VOIDED)
    assert world.settle(attempt) is AttemptState.VOIDED
    assert _take_up(case_id) is _S.PAYMENT_REVIEW
    [item] = world.rows(ReviewItem, resolved_at=None)
    close_review(world.ports, item.id, actor="sara", resolution="the payer was told")
    assert world.run(case_id) is _S.AWAITING_PAYMENT
    assert world.registries.extended == {}


@pytest.mark.parametrize("when", ["before the receipt", "while the registry extends"])
def test_a_permit_that_was_extended_without_money_is_one_question_for_staff(
    world: World, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    if when == "before the receipt":
        case_id = world.at(_S.EXTENDED)
        given_back(world, case_id)
        assert world.step(case_id) is _S.PAYMENT_REVIEW
    else:
        case_id = world.at(_S.PAID)
        really = world.registries.extend
        monkeypatch.setattr(world.registries, "extend", lambda *args: (given_back(world, case_id), really(*args))[1])
        assert world.step(case_id) is _S.CANCELLED
    [item] = world.rows(ReviewItem, resolved_at=None)
    assert (item.kind, item.subject) == (ReviewKind.EXTENDED_UNPAID, str(case_id))
    assert _take_up(case_id) is world.status(case_id)
    close_review(world.ports, item.id, actor="sara", resolution="settled at the department")
    assert (world.status(case_id), world.order(case_id).status) == (_S.CANCELLED, OrderStatus.REFUNDED)
    assert world.rows(Receipt) == []

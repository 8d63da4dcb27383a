"""Refunds when the worst comes together: none is sent a second time, and what never went is not booked as gone."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from infra.database import locked, unit_of_work
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import LEASE, send_refund
from infra.payments.resolving import approve_resolution, request_resolution
from models.case import CaseStatus
from models.errors import RuleError
from models.history import Act
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundEvent, RefundState
from models.payments.resolution import Verdict
from tests.crashes import CrashError, crash
from tests.fakes import FakeGateway
from tests.world import World

_A, _O, _R, _S = AttemptState, EvidenceOutcome, RefundState, CaseStatus


def approved(world: World, case_id: UUID, *, amount: Money | None = None) -> UUID:
    order = world.order(case_id)
    left = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=amount, believed_left=left, reason="by mistake", actor="one")
    approve_refund(world.ports, key, actor="two")
    return key


def test_refund_that_may_have_gone_is_never_taken_for_one_that_was_not_sent(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender dies, then the gateway cannot be reached until it has forgotten by which key it knew the refund."""
    able = replace(FakeGateway().capabilities, refund_again_within=timedelta(hours=23))
    monkeypatch.setattr(FakeGateway, "capabilities", able)
    refund_id = approved(world, world.at(_S.PAID), amount=Money(1_000))
    with pytest.raises(CrashError), crash("before_commit", nth=2):
        send_refund(world.ports, refund_id, actor="worker")
    [returned] = world.gateway.returned.values()
    for _ in range(25):
        world.clock.advance(hours=1)
        world.gateway.next_refund_answers.append(_O.NOT_SENT)
        send_refund(world.ports, refund_id, actor="worker")
    asked = len(world.gateway.refund_requests)
    world.gateway.next_refund_answers.clear()
    world.clock.advance(seconds=LEASE.total_seconds())
    assert send_refund(world.ports, refund_id, actor="worker") is _R.UNKNOWN
    assert (len(world.gateway.refund_requests), [*world.gateway.returned.values()]) == (asked, [returned])


def test_refund_that_a_reversal_made_needless_is_not_looked_at_for_ever(world: World) -> None:
    attempt = world.start(world.at(_S.AWAITING_PAYMENT))
    world.notify(world.gateway.captures(attempt.trackid, amount=Money(1)))
    world.come_back(attempt)
    assert world.settle(attempt) is _A.MISMATCH
    world.gateway.next_answers.append(_O.VOIDED)
    assert world.settle(attempt) is _A.VOIDED
    [refund] = world.rows(Refund)
    assert (refund.state, refund.due_at) == (_R.REJECTED, None)


@pytest.mark.parametrize("part", [None, Money(1_000)])
def test_refund_that_was_never_carried_out_after_all_is_booked_back_and_can_be_asked_for_again(
    world: World, part: Money | None
) -> None:
    case_id = world.at(_S.PAID)
    refund_id = approved(world, case_id, amount=part)
    world.settle_all()
    paid = world.order(case_id).amount_fils
    with unit_of_work(world.ports.engine) as session:  # the bank's files do not show it
        session.add(locked(session, Refund, refund_id).apply(RefundEvent.LOSE_SIGHT, Act(actor="x", at=world.clock())))
    asked = request_resolution(
        world.ports,
        str(refund_id),
        verdict=Verdict.REFUND_NOT_EXECUTED,
        reason="the bank says that it never came",
        evidence="letter 12",
        actor="one",
    )
    approve_resolution(world.ports, asked, actor="two")
    assert at_the_gateway(world) == paid
    assert world.order(case_id).status is OrderStatus.PAID
    world.gateway.returned.clear()  # as the bank says
    approved(world, case_id)
    world.settle_all()
    assert (at_the_gateway(world), world.order(case_id).status) == (0, OrderStatus.REFUNDED)
    kinds = [each.kind for each in world.rows(LedgerEntry)]
    assert kinds == [LedgerKind.CAPTURE, LedgerKind.REFUND, LedgerKind.ADJUSTMENT, LedgerKind.REFUND]


def test_second_person_is_not_the_first_one_typed_otherwise(world: World) -> None:
    order = world.order(world.at(_S.PAID))
    left = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=None, believed_left=left, reason="by mistake", actor="sara")
    with pytest.raises(RuleError, match="another person"):
        approve_refund(world.ports, key, actor=" Sara")
    assert world.get(Refund, key).state is _R.REQUESTED


def at_the_gateway(world: World) -> int:
    sides = [(each.amount_fils, each.debit, each.credit) for each in world.rows(LedgerEntry)]
    into = sum(fils for fils, debit, _ in sides if debit is LedgerAccount.GATEWAY)
    return into - sum(fils for fils, _, credit in sides if credit is LedgerAccount.GATEWAY)

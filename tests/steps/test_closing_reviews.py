"""Closing a question of the work list: never while money is on its way back."""

from uuid import UUID

import pytest

from infra.payments.due import settle_due
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.errors import RuleError
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from tests.world import World

_R, _S = RefundState, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    """Another sum was taken than was asked for."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils + 1))
    world.settle(attempt)
    return case_id


def close(world: World) -> None:
    [item] = world.rows(ReviewItem, kind=ReviewKind.MISMATCH)
    close_review(world.ports, item.id, actor="sara", resolution="the payer was told")


@pytest.mark.parametrize("answer", [EvidenceOutcome.TRANSPORT_ERROR, EvidenceOutcome.NOT_SENT, None])
def test_other_sum_is_not_closed_while_its_refund_is_under_way(
    world: World, case_id: UUID, answer: EvidenceOutcome | None
) -> None:
    if answer is not None:
        world.gateway.next_refund_answers.append(answer)
        world.clock.advance(seconds=61)
        settle_due(world.ports)
    [refund] = world.rows(Refund)
    assert refund.state is {EvidenceOutcome.TRANSPORT_ERROR: _R.UNKNOWN}.get(answer, _R.APPROVED)
    with pytest.raises(RuleError, match=f"{refund.id}.*is {refund.state}: close this item when it has succeeded"):
        close(world)
    assert world.status(case_id) is _S.PAYMENT_REVIEW
    assert world.rows(ReviewItem, kind=ReviewKind.MISMATCH)[0].resolved_at is None


@pytest.mark.parametrize("answer", [EvidenceOutcome.DECLINED, None])
def test_other_sum_is_closed_when_its_refund_is_at_its_end(
    world: World, case_id: UUID, answer: EvidenceOutcome | None
) -> None:
    if answer is not None:
        world.gateway.next_refund_answers.append(answer)
    world.clock.advance(seconds=61)
    settle_due(world.ports)
    assert world.rows(Refund)[0].state is (_R.REJECTED if answer else _R.SUCCEEDED)
    close(world)
    assert world.status(case_id) is _S.AWAITING_PAYMENT

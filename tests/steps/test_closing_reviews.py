"""Closing a question of the work list: never while money is on its way back, and for good."""

from uuid import UUID

import pytest

from infra.payments.claiming import claim
from infra.payments.due import settle_due
from infra.payments.reviews import close_review
from models.case import CaseStatus
from models.errors import RuleError
from models.money import Money
from models.payments.attempt import AttemptState
from models.payments.claim import ClaimOutcome
from models.payments.evidence import EvidenceOutcome
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from tests.settlement import File
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


def open_questions(world: World) -> list[ReviewKind]:
    return [each.kind for each in world.rows(ReviewItem, resolved_at=None)]


def test_claims_about_a_reversed_payment_make_no_more_work(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    paid = world.pay(case_id)
    File().sale(paid, reversed_=True).taken_in(world)
    for kinds in ([ReviewKind.REVERSED], []):
        for _ in range(2):
            world.clock.advance(seconds=30)
            answer = claim(world.ports, paid.trackid, actor="sara")  # the gateway still says what it said before
            assert open_questions(world) == kinds
        for item in world.rows(ReviewItem, resolved_at=None):
            close_review(world.ports, item.id, actor="sara", resolution="the payer was told")
    assert answer.outcome is not ClaimOutcome.WITH_STAFF
    assert world.status(case_id) is _S.AWAITING_PAYMENT


def test_answer_that_staff_have_weighed_is_asked_about_once(world: World) -> None:
    paid = world.pay(world.at(_S.AWAITING_PAYMENT))
    File().sale(paid).taken_in(world)
    for kinds in ([ReviewKind.CONTRADICTION], []):
        world.clock.advance(seconds=30)
        world.gateway.next_answers.append(EvidenceOutcome.VOIDED)
        assert world.settle(paid) is AttemptState.CAPTURED
        assert open_questions(world) == kinds
        for item in world.rows(ReviewItem, resolved_at=None):
            close_review(world.ports, item.id, actor="sara", resolution="the bank's file is right")
    world.gateway.next_answers.append(EvidenceOutcome.DECLINED)  # another answer is another question
    world.clock.advance(seconds=30)
    world.settle(paid)
    assert open_questions(world) == [ReviewKind.CONTRADICTION]

"""Retry of a run that stopped: a registry's refusal and a payment under review are both asked about again."""

from uuid import UUID

from infra.payments.due import settle_due
from models.case import CaseStatus
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerEntry
from tasks.standing import _take_up
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus


def under_review(world: World) -> UUID:
    """The bank did not say for so long that staff were asked."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    for _ in range(14):
        world.gateway.next_answers.append(_O.HOST_TIMEOUT)
        world.settle(attempt)
        world.clock.advance(days=1)
    assert world.status(case_id) is _S.PAYMENT_REVIEW
    world.gateway.next_answers.clear()
    return case_id


def test_payment_under_review_is_asked_about_and_goes_on_when_the_bank_says_it_is_paid(world: World) -> None:
    case_id = under_review(world)
    [attempt] = world.attempts(case_id)
    world.paid_at_the_bank(attempt)
    assert _take_up(case_id) is _S.PAID
    assert world.run(case_id) is _S.COMPLETED
    assert len(world.rows(LedgerEntry)) == 1


def test_payment_that_the_bank_still_does_not_explain_stays_under_review(world: World) -> None:
    case_id = under_review(world)
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    assert _take_up(case_id) is _S.PAYMENT_REVIEW
    assert world.rows(LedgerEntry) == []


def test_question_for_staff_is_not_asked_away_by_retry(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils - 1))
    world.settle(attempt)
    asked = len(world.gateway.inquiries)
    assert _take_up(case_id) is _S.PAYMENT_REVIEW
    settle_due(world.ports)
    assert len(world.gateway.inquiries) == asked

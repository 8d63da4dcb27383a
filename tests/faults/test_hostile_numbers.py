"""A gateway that gives a payment another number later, or one number to two payments: the books keep them apart."""

from uuid import UUID

import pytest

from infra.gateway import Evidence
from infra.payments.refund_requests import request_refund
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.refund import Refund
from models.receipt import Receipt
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


def told(world: World, attempt: PaymentAttempt, outcome: EvidenceOutcome, tranid: str) -> AttemptState:
    amount = Money(attempt.amount_fils) if outcome is _O.CAPTURED else None
    world.gateway.next_answers.append(Evidence(outcome, attempt.trackid, tranid=tranid, amount=amount))
    return world.settle(attempt)


def test_reversal_under_a_number_of_its_own_is_booked_and_revokes_the_receipt(world: World, case_id: UUID) -> None:
    attempt = world.pay(case_id)
    assert world.run(case_id) is _S.COMPLETED
    assert told(world, attempt, _O.VOIDED, "4711") is _A.VOIDED
    capture, void = world.rows(LedgerEntry)
    assert (void.kind, void.amount_fils, void.debit) == (LedgerKind.VOID, capture.amount_fils, LedgerAccount.ORDERS)
    assert world.rows(Receipt)[0].revoked_because == "the bank took the payment back"


def test_capture_that_is_called_otherwise_later_can_be_refunded(world: World, case_id: UUID) -> None:
    attempt = world.pay(case_id)
    assert told(world, attempt, _O.CAPTURED, "4711") is _A.CAPTURED
    left = Money(attempt.amount_fils)
    key = request_refund(
        world.ports, attempt.order_id, amount=None, believed_left=left, reason="by mistake", actor="one"
    )
    assert world.get(Refund, key).attempt_id == attempt.id
    assert world.get(PaymentAttempt, attempt.id).tranid == f"20{attempt.trackid}"


def test_of_two_captures_under_one_number_only_the_one_is_booked_back(world: World, case_id: UUID) -> None:
    first = world.start(case_id)
    assert told(world, first, _O.DECLINED, "") is _A.DECLINED
    second = world.start(case_id)
    world.paid_at_the_bank(second)
    assert told(world, second, _O.CAPTURED, "4711") is _A.CAPTURED
    assert told(world, first, _O.CAPTURED, "4711") is _A.CAPTURED_UNCONFIRMED
    world.clock.advance(seconds=61)
    assert told(world, first, _O.CAPTURED, "4711") is _A.CAPTURED
    assert told(world, first, _O.VOIDED, "4711") is _A.VOIDED
    [void] = world.rows(LedgerEntry, kind=LedgerKind.VOID)
    assert (void.debit, void.gateway_ref) == (LedgerAccount.SUSPENSE, first.trackid)

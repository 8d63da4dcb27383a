"""What the gateway and the payer's browser bring: kept as evidence, a reason to ask, never a proof."""

import pytest

from models.case import CaseStatus
from models.outbox import OutboxMessage
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.order import OrderStatus
from tests.racing import at_once
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus


@pytest.fixture
def attempt(world: World) -> PaymentAttempt:
    """The payer is at the bank's page."""
    return world.start(world.at(_S.AWAITING_PAYMENT))


def state(world: World, attempt: PaymentAttempt) -> AttemptState:
    return world.get(PaymentAttempt, attempt.id).state


def test_same_message_twice_is_kept_once_and_has_one_effect(world: World, attempt: PaymentAttempt) -> None:
    message = world.gateway.captures(attempt.trackid)
    assert world.notify(message) == attempt.id
    messages = len(world.rows(OutboxMessage))
    assert world.notify(message) == attempt.id
    assert len(world.rows(GatewayEvidence)) == 1
    assert len(world.rows(OutboxMessage)) == messages
    assert world.history(attempt) == ["redirect", "hear"]


@pytest.mark.parametrize("known", [True, False])
def test_same_message_twice_at_once_is_kept_once(world: World, attempt: PaymentAttempt, *, known: bool) -> None:
    message = world.gateway.message(attempt.trackid if known else "RPNOBODY", _O.CAPTURED)
    results = at_once(*[lambda: world.notify(message)] * 2)
    assert results == [attempt.id if known else None] * 2
    assert len(world.rows(GatewayEvidence)) == 1


@pytest.mark.parametrize("trackid", ["RPNOBODY", "", "lower", "NUL\x00", "X" * 200])
def test_unknown_trackid_is_kept_as_evidence_and_changes_nothing(
    world: World, attempt: PaymentAttempt, trackid: str
) -> None:
    messages = len(world.rows(OutboxMessage))
    body = f"trackid={trackid or 'x'}&result=captured".encode()
    assert world.notify(body) is None
    [kept] = world.rows(GatewayEvidence)
    assert (kept.attempt_id, kept.raw) == (None, body)
    assert (state(world, attempt), len(world.rows(OutboxMessage))) == (_A.REDIRECTED, messages)


@pytest.mark.parametrize("outcome", list(_O))
def test_callback_alone_moves_no_money_and_settles_nothing(
    world: World, attempt: PaymentAttempt, outcome: EvidenceOutcome
) -> None:
    world.notify(world.gateway.message(attempt.trackid, outcome))
    [order] = [world.order(case.case_id) for case in world.rows(OutboxMessage)[:1]]
    assert (state(world, attempt), order.status) == (_A.VERIFYING, OrderStatus.IN_PROGRESS)
    assert not world.rows(LedgerEntry)
    assert not world.gateway.inquiries


def test_browsers_word_is_only_a_reason_to_ask_at_once(world: World, attempt: PaymentAttempt) -> None:
    world.notify(world.gateway.message(attempt.trackid, _O.CANCELLED), kind=EvidenceKind.ERROR_RETURN)
    heard = world.get(PaymentAttempt, attempt.id)
    assert (heard.state, heard.cancel_heard, heard.acknowledged_at) == (_A.REDIRECTED, False, None)
    assert heard.next_check_at is not None
    assert heard.next_check_at <= world.clock()


def test_return_without_a_notification_proves_nothing(world: World, attempt: PaymentAttempt) -> None:
    world.gateway.captures(attempt.trackid)
    world.come_back(attempt)
    assert world.get(PaymentAttempt, attempt.id).returned_at is None
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED


def test_callback_before_the_redirect_was_recorded_is_heard(world: World, attempt: PaymentAttempt) -> None:
    world.sql("update payment_attempt set state = 'created'")
    world.notify(world.gateway.captures(attempt.trackid))
    world.come_back(attempt)
    assert world.settle(attempt) is _A.CAPTURED


def test_return_before_the_callback_ends_in_one_capture(world: World, attempt: PaymentAttempt) -> None:
    message = world.gateway.captures(attempt.trackid)
    world.come_back(attempt)
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    world.notify(message)
    world.come_back(attempt)
    assert world.settle(attempt) is _A.CAPTURED
    assert len(world.rows(LedgerEntry)) == 1


def test_return_to_a_settled_attempt_changes_nothing(world: World, attempt: PaymentAttempt) -> None:
    world.paid_at_the_bank(attempt)
    world.settle(attempt)
    messages = len(world.rows(OutboxMessage))
    world.come_back(attempt)
    assert len(world.rows(OutboxMessage)) == messages


@pytest.mark.parametrize("first", [_O.HOST_TIMEOUT, _O.CAPTURED])
def test_a_page_that_reloads_is_no_proof_that_a_later_acknowledgement_was_read(
    world: World, attempt: PaymentAttempt, first: EvidenceOutcome
) -> None:
    """The payer stands on the page that an earlier acknowledgement led to; that of the capture is lost."""
    world.notify(world.gateway.message(attempt.trackid, first) + b"&first=1")
    world.come_back(attempt)
    world.clock.advance(seconds=20)
    world.notify(world.gateway.captures(attempt.trackid))
    world.clock.advance(seconds=3)
    world.come_back(attempt)
    assert world.get(PaymentAttempt, attempt.id).returned_at is None
    assert world.settle(attempt) is _A.CAPTURED_UNCONFIRMED
    world.clock.advance(seconds=61)
    assert world.settle(attempt) is _A.CAPTURED

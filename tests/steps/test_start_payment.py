"""Sending the payer to the bank: one live attempt an order, and a second only when the first is settled."""

from functools import partial

import pytest
from sqlalchemy.exc import IntegrityError

from infra.payments.pauses import PaymentsPausedError, lift_by_staff, pause_by_staff
from infra.payments.starting import NotPayableError, PaymentInProgressError, start_payment
from models.case import CaseStatus
from models.payments.attempt import LIVE, AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderStatus
from tests.racing import at_once
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus


def test_second_click_leads_to_the_same_attempt(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    assert world.start(case_id).id == world.start(case_id).id
    assert len(world.attempts(case_id)) == 1
    assert world.history(world.order(case_id)) == ["start"]


def test_two_clicks_at_once_lead_to_the_same_attempt(world: World) -> None:
    order = world.order(world.at(_S.AWAITING_PAYMENT))
    one, other = at_once(*[partial(start_payment, world.ports, order.id, now=world.clock.at)] * 2)
    assert one == other
    assert len(world.rows(PaymentAttempt)) == 1


def test_bank_is_asked_for_exactly_the_order_and_told_no_name(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    request = world.gateway.requests[world.start(case_id).trackid]
    assert request.amount.fils == world.order(case_id).amount_fils
    assert request.case_reference == world.case(case_id).reference
    assert (request.response_url, request.error_url) == (
        "https://renewal.example/knet/response",
        "https://renewal.example/knet/error",
    )


def test_no_second_attempt_while_the_first_is_being_verified_or_unknown(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    for outcome in (_O.IN_PROGRESS, _O.HOST_TIMEOUT):
        world.notify(world.gateway.message(attempt.trackid, outcome))
        with pytest.raises(PaymentInProgressError):
            world.start(case_id)
        world.gateway.next_answers.append(outcome)
        world.settle(attempt)
    with pytest.raises(PaymentInProgressError):
        world.start(case_id)
    assert [each.state for each in world.attempts(case_id)] == [AttemptState.UNKNOWN]


def test_no_second_attempt_when_the_page_is_over_but_not_yet_known_to_be_unpaid(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.start(case_id)
    world.clock.advance(minutes=16)
    with pytest.raises(PaymentInProgressError):
        world.start(case_id)


def test_second_attempt_after_the_first_is_settled(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    first = world.start(case_id)
    world.gateway.refuses(first.trackid, _O.DECLINED)
    assert world.settle(first) is AttemptState.DECLINED
    second = world.pay(case_id)
    assert second.trackid != first.trackid
    assert list(world.gateway.charges) == [second.trackid]
    assert world.history(world.order(case_id)) == ["start", "reopen", "start", "pay"]


@pytest.mark.parametrize("status", [OrderStatus.PAID, OrderStatus.EXPIRED, OrderStatus.CANCELLED, OrderStatus.REVIEW])
def test_order_that_is_not_open_takes_no_attempt(world: World, status: OrderStatus) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.sql("update payment_order set status = :it", it=status.value)
    with pytest.raises(NotPayableError, match=status.value):
        world.start(case_id)


def test_order_takes_no_attempt_after_its_time_even_before_it_is_marked_expired(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.clock.advance(days=7, seconds=1)
    with pytest.raises(NotPayableError):
        world.start(case_id)


@pytest.mark.parametrize("state", sorted(LIVE))
def test_database_refuses_a_second_live_attempt_whoever_writes_it(world: World, state: AttemptState) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    twin = {"order_id": attempt.order_id, "trackid": "TWIN", "state": state, "created_at": world.clock()}
    values = attempt.model_dump(exclude={"id", "return_token"}) | twin
    with pytest.raises(IntegrityError, match="one_live"), world.session() as session:
        session.add(PaymentAttempt(**values))


def test_database_refuses_a_trackid_twice(world: World) -> None:
    one, other = world.at(_S.AWAITING_PAYMENT), world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(one)
    values = attempt.model_dump(exclude={"id", "return_token"}) | {"order_id": world.order(other).id}
    with pytest.raises(IntegrityError, match="trackid"), world.session() as session:
        session.add(PaymentAttempt(**values))


def test_what_staff_have_paused_no_answer_of_the_gateway_takes_up_again(world: World) -> None:
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    assert pause_by_staff(world.ports, "knet", actor="first", reason="the bank asked for it")
    world.settle(attempt)
    with pytest.raises(PaymentsPausedError):
        world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    assert lift_by_staff(world.ports, "knet", actor="first", reason="a new password")
    assert world.start(world.at(CaseStatus.AWAITING_PAYMENT))

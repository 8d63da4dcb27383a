"""Payment orders: one a case at once, one a batch when its last row is decided, and the undo of a submission."""

from functools import partial
from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.errors import IllegalTransitionError, MissingError, RuleError
from models.outbox import OutboxKind, OutboxMessage
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderLine, OrderStatus, PaymentOrder
from models.quote import FeeQuote
from tests.racing import at_once
from tests.world import World

_S = CaseStatus


def batch(world: World, *, size: int = 2, blocked: int = 0) -> list[UUID]:
    """Released rows of one batch; the last ones blocked by a traffic fine."""
    good = [world.person() for _ in range(size)]
    bad = [world.person(18, Trouble.TRAFFIC_FINES) for _ in range(blocked)]
    cases = world.submitted(world.company(*good, *bad))
    world.release()
    return cases


def cancel(world: World, case_id: UUID) -> None:
    cancel_case(world.ports, world.case(case_id).reference, actor="tester", reason="a mistake")


def test_order_is_the_quote(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    order = world.order(case_id)
    [quote] = world.rows(FeeQuote, case_id=case_id)
    [line] = world.rows(OrderLine, order_id=order.id)
    assert (order.amount_fils, line.amount_fils, line.quote_id) == (quote.total_fils, quote.total_fils, quote.id)


def test_batch_is_paid_together_when_its_last_row_is_ready(world: World) -> None:
    first, second = batch(world)
    world.run(first)
    assert not world.rows(PaymentOrder)
    world.run(second)
    order = world.order(first)
    assert order == world.order(second)
    assert order.amount_fils == sum(quote.total_fils for quote in world.rows(FeeQuote))


@pytest.mark.parametrize("rejected_last", [True, False])
def test_rejected_row_does_not_hold_up_the_payment_of_the_others(world: World, *, rejected_last: bool) -> None:
    good, bad = batch(world, size=1, blocked=1)
    for case_id in (good, bad) if rejected_last else (bad, good):
        world.run(case_id)
    assert [line.case_id for line in world.rows(OrderLine)] == [good]
    assert world.status(bad) is _S.REJECTED


def test_batch_of_which_all_rows_are_rejected_has_no_order(world: World) -> None:
    for case_id in batch(world, size=0, blocked=2):
        assert world.run(case_id) is _S.REJECTED
    assert not world.rows(PaymentOrder)


def test_batch_waits_for_a_row_that_staff_look_at(world: World) -> None:
    first, second = batch(world)
    world.registries.trouble = PermanentError("the registry refuses (400)")
    world.run(second)
    world.registries.trouble = None
    world.run(first)
    assert not world.rows(PaymentOrder)
    cancel(world, second)
    assert [line.case_id for line in world.rows(OrderLine)] == [first]


def test_two_last_rows_at_once_open_one_order_for_both(world: World) -> None:
    cases = batch(world, size=3)
    for case_id in cases:
        world.run(case_id, until=_S.QUOTED)
    results = at_once(*(partial(world.step, case_id) for case_id in cases))
    assert results == [_S.AWAITING_PAYMENT] * 3
    assert len(world.rows(PaymentOrder)) == 1
    assert {line.case_id for line in world.rows(OrderLine)} == set(cases)


def test_money_for_a_batch_moves_all_its_cases(world: World) -> None:
    cases = batch(world)
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    assert {world.status(case_id) for case_id in cases} == {_S.PAID}


@pytest.mark.parametrize("status", [_S.SUBMITTED, _S.DOCUMENTS_NEEDED, _S.AWAITING_PAYMENT])
def test_unpaid_case_can_be_cancelled_and_its_run_is_told(world: World, status: CaseStatus) -> None:
    draft = world.draft(without=frozenset({(1, "passport")}) if status is _S.DOCUMENTS_NEEDED else frozenset())
    case_id = world.at(status, draft)
    cancel(world, case_id)
    assert world.status(case_id) is _S.CANCELLED
    assert {order.status for order in world.rows(PaymentOrder)} <= {OrderStatus.CANCELLED}
    told = [each.kind for each in world.rows(OutboxMessage, case_id=case_id)]
    assert told[-1:] == ([] if status is _S.SUBMITTED else [OutboxKind.WAKE_RUN])  # what was not released has no run


def test_case_cannot_be_cancelled_while_its_payer_is_at_the_bank_nor_when_it_is_paid(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    with pytest.raises(RuleError, match="in_progress"):
        cancel(world, case_id)
    world.paid_at_the_bank(attempt)
    world.settle(attempt)
    with pytest.raises(RuleError, match="paid"):
        cancel(world, case_id)
    assert world.status(case_id) is _S.PAID


def test_case_cannot_be_cancelled_while_late_news_of_its_payment_is_looked_into(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    for _ in range(2):
        world.clock.advance(hours=1)
        world.settle(attempt)
    world.notify(world.gateway.captures(attempt.trackid))
    with pytest.raises(RuleError):
        cancel(world, case_id)
    world.clock.advance(minutes=2)
    assert world.settle(attempt) is AttemptState.CAPTURED
    assert world.status(case_id) is _S.PAID


def test_row_of_a_batch_cannot_be_cancelled_out_of_its_order(world: World) -> None:
    cases = batch(world)
    for case_id in cases:
        world.run(case_id)
    with pytest.raises(RuleError):
        cancel(world, cases[0])


def test_only_a_known_case_before_its_end_can_be_cancelled(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.refuses(attempt.trackid, EvidenceOutcome.DECLINED)
    world.settle(attempt)
    cancel(world, case_id)
    with pytest.raises((IllegalTransitionError, RuleError)):
        cancel(world, case_id)
    with pytest.raises(MissingError):
        cancel_case(world.ports, "RN-0000-0000", actor="tester", reason="none")

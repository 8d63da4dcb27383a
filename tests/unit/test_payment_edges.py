"""The small edges of payment decisions that tables and properties leave open; each was once a mutant that lived."""

from datetime import timedelta

import pytest

from models.history import Act
from models.payments.attempt import AT_THE_PAGE, AttemptEvent, AttemptState
from models.payments.checks import CHECKS, is_on_schedule, next_check
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderEvent, OrderStatus
from models.payments.refund import COUNTED, UNDER_WAY, RefundEvent
from models.payments.refund import REFUND as REFUNDING
from models.states import Party
from tests.machine_samples import AT, SAMPLES, make_attempt
from tests.payment_samples import MINUTE, SECOND, TERMS, answer, decided, standing

_E, _O, _S = AttemptEvent, EvidenceOutcome, AttemptState
ACT = Act(actor="tester", at=AT)
ORDER = next(each for each in SAMPLES if each.name == "order")
REFUND = next(each for each in SAMPLES if each.name == "refund")


def test_every_move_counts_one_version() -> None:
    attempt, refund = make_attempt(state=_S.CREATED), REFUND.make()
    attempt.apply(_E.REDIRECT, ACT)
    attempt.apply(_E.HEAR, ACT)
    refund.apply(RefundEvent.APPROVE, ACT)
    assert (attempt.version, refund.version) == (2, 1)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("event", "closed_as"),
    [
        (OrderEvent.EXPIRE, OrderStatus.EXPIRED),
        (OrderEvent.CANCEL, OrderStatus.CANCELLED),
        (OrderEvent.START, None),
        (OrderEvent.PAY, None),
        (OrderEvent.REVIEW, None),
    ],
)
def test_an_order_remembers_how_it_was_closed_and_nothing_else(
    event: OrderEvent, closed_as: OrderStatus | None
) -> None:
    order = ORDER.standing_at(OrderStatus.OPEN)
    order.apply(event, ACT)
    assert order.closed_as is closed_as  # type: ignore[attr-defined]


def test_an_inquiry_that_was_made_later_than_the_last_one_counts() -> None:
    attempt = standing(_S.VERIFYING, asked_at=AT)
    assert decided(attempt, answer(_O.DECLINED, asked_at=AT + SECOND)).event is _E.DECLINE


def test_a_heard_cancellation_counts_also_long_after_the_page_closed() -> None:
    attempt = standing(_S.REDIRECTED, cancel_heard=True)
    late = AT + 40 * MINUTE
    assert decided(attempt, answer(_O.NOT_FOUND, asked_at=late), now=late).event is _E.CANCEL


@pytest.mark.parametrize("heard", ["returned_at", "acknowledged_at", "held_since"])
def test_a_capture_is_confirmed_also_long_after_it_could_be(heard: str) -> None:
    attempt = standing(_S.CAPTURED_UNCONFIRMED, **{heard: AT})
    later = AT + 5 * MINUTE
    assert decided(attempt, answer(_O.CAPTURED, asked_at=later), now=later).event is _E.CAPTURE


def test_a_check_that_comes_late_is_one_of_the_schedule() -> None:
    attempt = make_attempt(checks_done=0)
    assert not is_on_schedule(attempt, now=AT + CHECKS[0] - SECOND)
    assert is_on_schedule(attempt, now=AT + CHECKS[0])
    assert is_on_schedule(attempt, now=AT + CHECKS[0] + MINUTE)


def test_a_settled_attempt_that_was_asked_about_after_the_notice_was_final_is_left_alone() -> None:
    told = standing(_S.DECLINED, acknowledged_at=AT, asked_at=AT + 10 * MINUTE)
    assert next_check(told, now=AT + 10 * MINUTE, terms=TERMS) is None


def test_where_no_gateway_reverses_a_notice_is_final_when_it_comes() -> None:
    terms = TERMS.__class__(
        page_ttl=TERMS.page_ttl,
        grace=TERMS.grace,
        confirm_after=TERMS.confirm_after,
        not_found_apart=TERMS.not_found_apart,
        order_valid=TERMS.order_valid,
        gateway_reverses=False,
    )
    told = standing(_S.DECLINED, acknowledged_at=AT)
    assert next_check(told, now=AT - timedelta(days=1), terms=terms) == AT


def test_money_is_on_its_way_back_from_the_second_yes_until_its_fate_is_known() -> None:
    assert {each.value for each in UNDER_WAY} == {"approved", "submitting", "unknown"}
    assert {each.value for each in COUNTED} == {"requested", "approved", "submitting", "unknown", "succeeded"}


def test_an_attempt_is_at_the_page_until_something_was_heard_of_it() -> None:
    assert {each.value for each in AT_THE_PAGE} == {"created", "redirected"}


def test_a_machine_tells_the_states_that_wait_for_one_party() -> None:
    assert [each.value for each in REFUNDING.waiting_on(Party.STAFF)] == ["requested", "unknown"]
    assert [each.value for each in REFUNDING.waiting_on(Party.NOBODY)] == ["succeeded", "rejected"]

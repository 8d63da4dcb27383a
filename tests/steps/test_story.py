"""The story of a payment: all of it, in the order of time, with who and when, and nothing secret."""

import json
from typing import Any
from uuid import UUID

import pytest

from infra.payments.finding import orders_called
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from infra.payments.story import story
from models.case import CaseStatus
from models.errors import MissingError
from models.money import Money
from models.payments.evidence import EvidenceOutcome, GatewayEvidence
from models.person import CasePerson
from models.receipt import Receipt
from tests.world import World

_S = CaseStatus


@pytest.fixture
def refunded(world: World) -> UUID:
    """Declined, paid, renewed, and given back."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    first = world.start(case_id)
    world.notify(world.gateway.refuses(first.trackid, EvidenceOutcome.DECLINED))
    world.settle(first)
    world.pay(case_id)
    assert world.run(case_id) is _S.COMPLETED
    order = world.order(case_id)
    refund_id = request_refund(
        world.ports,
        order.id,
        amount=None,
        believed_left=Money(order.amount_fils),
        reason="granted in error",
        actor="sara",
    )
    approve_refund(world.ports, refund_id, actor="omar")
    send_refund(world.ports, refund_id, actor="settle")
    return case_id


def told(world: World, name: str) -> dict[str, Any]:
    with world.session() as session:
        [order] = orders_called(session, name)
        return story(session, order)


def test_it_tells_everything_in_the_order_of_time(world: World, refunded: UUID) -> None:
    tale = told(world, world.case(refunded).reference)
    events = tale["events"]
    assert [each["at"] for each in events] == sorted(each["at"] for each in events)
    assert {each["kind"] for each in events} == {"made", "moved", "evidence", "ledger", "receipt"}
    what = [each["what"] for each in events]
    for wanted in ("callback: declined", "inquiry: captured", "refund_reply: refunded", "revoked"):
        assert wanted in what
    assert [each["state"] for each in tale["attempts"]] == ["declined", "captured"]
    [refund] = tale["refunds"]
    assert (refund["requested_by"], refund["approved_by"], refund["state"]) == ("sara", "omar", "succeeded")
    [revoked] = [each for each in events if each["what"] == "revoked"]
    assert revoked["why"] == "the payment was refunded"


def test_every_name_of_the_payment_leads_to_the_same_story(world: World, refunded: UUID) -> None:
    attempt, [receipt] = world.attempts(refunded)[-1], world.rows(Receipt)
    names = [attempt.trackid, attempt.paymentid, attempt.tranid, attempt.ref, str(attempt.order_id), receipt.number]
    tales = [told(world, each) for each in names if each]
    assert len(tales) == len(names)
    assert all(each == tales[0] for each in tales)


def test_no_message_name_or_civil_number_is_in_it(world: World, refunded: UUID) -> None:
    text = json.dumps(told(world, world.case(refunded).reference), ensure_ascii=False)
    [person] = world.rows(CasePerson, case_id=refunded)
    assert person.civil_number not in text
    assert person.name_latin not in text
    for each in world.rows(GatewayEvidence):
        assert not each.raw or each.raw.decode() not in text


def test_name_that_leads_nowhere_is_a_clear_error(world: World) -> None:
    with pytest.raises(MissingError):
        told(world, "RN-2222-2222")


def test_of_one_moment_the_evidence_is_told_before_what_it_led_to(world: World, refunded: UUID) -> None:
    events = told(world, world.case(refunded).reference)["events"]
    what = [each["what"] for each in events]
    assert what.index("inquiry: captured") < what.index("capture: verifying → captured")

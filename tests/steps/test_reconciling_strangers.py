"""Other people's money in the bank's file, under numbers that are ours too: it answers for nothing of ours."""

from uuid import UUID

import pytest

from infra.gateway import Evidence
from infra.payments.refund_requests import approve_refund, request_refund
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass
from tests.settlement import File, questions
from tests.world import World

_A, _C, _O, _R = AttemptState, LineClass, EvidenceOutcome, ReviewKind


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


@pytest.fixture
def unknown(world: World, paid: PaymentAttempt) -> Refund:
    """Of all of it; the bank's answer was lost, and it was never carried out."""
    world.gateway.next_refund_answers.append(_O.HOST_TIMEOUT)
    left = Money(paid.amount_fils)
    key = request_refund(world.ports, paid.order_id, amount=None, believed_left=left, reason="by mistake", actor="one")
    approve_refund(world.ports, key, actor="two")
    world.settle_all()
    return world.get(Refund, key)


@pytest.mark.parametrize("numbers", [{"tranid": "", "trackid": "STRANGER"}, {"tranid": "", "trackid": "", "ptlf": ""}])
def test_refund_to_somebody_else_of_an_equal_sum_is_not_ours(
    world: World, paid: PaymentAttempt, unknown: Refund, numbers: dict[str, str]
) -> None:
    assert unknown.state is RefundState.UNKNOWN
    report = File().credit(paid, paid.amount_fils, paymentid="", **numbers).taken_in(world)
    assert report.counts == {_C.EXTERNAL_REFUND: 1}
    assert world.get(Refund, unknown.id).state is RefundState.UNKNOWN
    assert questions(world) == [_R.REFUND_UNKNOWN, _R.EXTERNAL_REFUND]


def test_refund_of_somebody_elses_payment_under_our_refunds_number_is_not_ours(
    world: World, paid: PaymentAttempt, unknown: Refund
) -> None:
    world.sql("update refund set tranid = '4077'")
    report = File().credit(paid, paid.amount_fils, tranid="4077", trackid="STRANGER", paymentid="").taken_in(world)
    assert report.counts == {_C.EXTERNAL_REFUND: 1}
    assert world.get(Refund, unknown.id).state is RefundState.UNKNOWN


def test_somebody_elses_payment_with_our_reference_sum_and_day_does_not_pay_for_ours(
    world: World, case_id: UUID
) -> None:
    attempt = world.start(case_id)
    declined = Evidence(_O.DECLINED, attempt.trackid, paymentid="101", tranid="777", ref="600000000001")
    world.gateway.next_answers.append(declined)
    assert world.settle(attempt) is _A.DECLINED
    strange = {"trackid": "STRANGER", "tranid": "778", "paymentid": "", "ref": "600000000001"}
    assert File().sale(attempt, **strange).taken_in(world).counts == {_C.UNKNOWN_PAYMENT: 1}
    assert world.get(PaymentAttempt, attempt.id).state is _A.DECLINED
    assert (world.status(case_id), questions(world)) == (CaseStatus.AWAITING_PAYMENT, [_R.UNKNOWN_PAYMENT])

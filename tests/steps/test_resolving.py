"""Resolutions: two persons say what became of money; the same rules carry it out as for any other evidence."""

from uuid import UUID, uuid4

import pytest

from infra.payments.due import settle_due
from infra.payments.resolving import approve_resolution, request_resolution, withdraw_resolution
from infra.payments.work_list import work_list
from models.case import CaseStatus
from models.errors import InputError, MissingError, RuleError
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.resolution import Resolution, Verdict
from models.payments.review import ReviewItem, ReviewKind
from tests.racing import at_once
from tests.settlement import File
from tests.world import World

_A, _O, _S, _V = AttemptState, EvidenceOutcome, CaseStatus, Verdict


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def unknown(world: World, case_id: UUID) -> PaymentAttempt:
    attempt = world.start(case_id)
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    assert world.settle(attempt) is _A.UNKNOWN
    return attempt


def ask(world: World, called: str, verdict: Verdict = _V.CAPTURED, *, actor: str = "sara") -> UUID:
    return request_resolution(
        world.ports, called, verdict=verdict, reason="seen at the bank", evidence="portal, 23 November", actor=actor
    )


def test_capture_that_two_persons_saw_pays_the_order(world: World, case_id: UUID, unknown: PaymentAttempt) -> None:
    resolution_id = ask(world, unknown.trackid)
    assert world.get(PaymentAttempt, unknown.id).state is _A.UNKNOWN
    assert approve_resolution(world.ports, resolution_id, actor="omar") == "captured"
    [entry] = world.rows(LedgerEntry)
    [proof] = world.rows(GatewayEvidence, kind=EvidenceKind.OPERATOR)
    assert (world.status(case_id), entry.evidence_id) == (_S.PAID, proof.id)
    assert (proof.fields["requested_by"], proof.fields["approved_by"]) == ("sara", "omar")


@pytest.mark.parametrize(("verdict", "state"), [(_V.DECLINED, _A.DECLINED), (_V.VOIDED, _A.VOIDED)])
def test_money_that_was_not_taken_opens_the_order_again(
    world: World, case_id: UUID, unknown: PaymentAttempt, *, verdict: Verdict, state: AttemptState
) -> None:
    approve_resolution(world.ports, ask(world, unknown.trackid, verdict), actor="omar")
    assert world.get(PaymentAttempt, unknown.id).state is state
    assert (world.order(case_id).status, world.rows(LedgerEntry)) == (OrderStatus.OPEN, [])


def test_open_question_is_closed_by_the_resolution(world: World, case_id: UUID, unknown: PaymentAttempt) -> None:
    for _ in range(12):
        world.clock.advance(days=2)
        world.gateway.next_answers.append(_O.HOST_TIMEOUT)
        settle_due(world.ports)
    assert world.status(case_id) is _S.PAYMENT_REVIEW
    approve_resolution(world.ports, ask(world, unknown.trackid), actor="omar")
    [item] = world.rows(ReviewItem, kind=ReviewKind.UNKNOWN_OUTCOME)
    assert (item.resolved_by, world.status(case_id)) == ("omar", _S.PAID)


@pytest.mark.parametrize("verdict", [_V.CAPTURED, _V.DECLINED, _V.VOIDED])
def test_payment_whose_page_was_never_confirmed_comes_to_staff_and_they_can_resolve_it(
    world: World, case_id: UUID, *, verdict: Verdict
) -> None:
    """A gateway that was told of it did not answer: whether it made a charge is not known."""
    attempt = world.start(case_id)
    world.sql("update payment_attempt set state = 'created'")
    for _ in range(12):
        world.clock.advance(days=2)
        world.gateway.next_answers.append(_O.TRANSPORT_ERROR)
        settle_due(world.ports)
    assert world.get(PaymentAttempt, attempt.id).state is _A.CREATED
    with world.session() as session:
        [item] = work_list(session)
    assert (item["kind"], item["about"][0]) == ("unknown_outcome", attempt.trackid)
    assert approve_resolution(world.ports, ask(world, attempt.trackid, verdict), actor="omar") == verdict.value
    assert world.rows(ReviewItem, resolved_at=None) == []


def test_nobody_approves_what_they_asked_for(world: World, unknown: PaymentAttempt) -> None:
    resolution_id = ask(world, unknown.trackid)
    with pytest.raises(RuleError, match="another person"):
        approve_resolution(world.ports, resolution_id, actor="sara")
    assert world.rows(LedgerEntry) == []


def test_what_moved_meanwhile_is_looked_at_again(world: World, case_id: UUID, unknown: PaymentAttempt) -> None:
    resolution_id = ask(world, unknown.trackid, _V.DECLINED)
    world.notify(world.gateway.captures(unknown.trackid))
    with pytest.raises(RuleError, match="look again"):
        approve_resolution(world.ports, resolution_id, actor="omar")
    ask(world, unknown.trackid)
    assert world.get(Resolution, resolution_id).withdrawn_at is not None
    assert world.status(case_id) is _S.AWAITING_PAYMENT


def test_two_who_approve_at_once_apply_it_once(world: World, unknown: PaymentAttempt) -> None:
    resolution_id = ask(world, unknown.trackid)
    results = at_once(*[lambda: approve_resolution(world.ports, resolution_id, actor="omar")] * 2)
    assert sorted(type(each).__name__ for each in results) == ["RuleError", "str"]
    assert len(world.rows(LedgerEntry)) == 1


def test_only_one_resolution_is_open_and_it_can_be_withdrawn(world: World, unknown: PaymentAttempt) -> None:
    resolution_id = ask(world, unknown.trackid)
    with pytest.raises(RuleError, match="already"):
        ask(world, unknown.trackid, _V.DECLINED, actor="omar")
    withdraw_resolution(world.ports, resolution_id)
    with pytest.raises(RuleError, match="over"):
        approve_resolution(world.ports, resolution_id, actor="omar")
    ask(world, unknown.trackid, _V.DECLINED)


def test_confirmed_capture_cannot_be_undone_by_staff(world: World, case_id: UUID) -> None:
    attempt = world.pay(case_id)
    with pytest.raises(RuleError, match="captured"):
        ask(world, attempt.trackid, _V.DECLINED)


def test_refund_whose_reply_was_lost_is_booked_when_two_saw_it_executed(world: World, case_id: UUID) -> None:
    refund = lost_refund(world, case_id)
    approve_resolution(world.ports, ask(world, str(refund.id), _V.REFUND_EXECUTED), actor="omar")
    assert world.get(Refund, refund.id).state is RefundState.SUCCEEDED
    assert len(world.rows(LedgerEntry, kind=LedgerKind.REFUND)) == 1
    [item] = world.rows(ReviewItem, kind=ReviewKind.REFUND_UNKNOWN)
    assert item.resolved_at is not None


def test_refund_that_was_not_executed_is_for_staff_and_never_sent_again(world: World, case_id: UUID) -> None:
    refund = lost_refund(world, case_id)
    approve_resolution(world.ports, ask(world, str(refund.id), _V.REFUND_NOT_EXECUTED), actor="omar")
    world.clock.advance(days=1)
    settle_due(world.ports)
    assert world.get(Refund, refund.id).state is RefundState.REJECTED
    assert len(world.gateway.refund_requests) == 1
    assert world.rows(ReviewItem, kind=ReviewKind.REFUND_REJECTED, resolved_at=None)


def test_refund_that_the_bank_carried_out_by_taking_the_payment_back_is_not_booked_again(
    world: World, case_id: UUID
) -> None:
    refund = lost_refund(world, case_id)
    asked = ask(world, str(refund.id), _V.REFUND_EXECUTED)
    File().sale(world.get(PaymentAttempt, refund.attempt_id), reversed_=True).taken_in(world)
    with pytest.raises(RuleError, match="say refund_not_executed"):
        approve_resolution(world.ports, asked, actor="omar")
    withdraw_resolution(world.ports, asked)
    with pytest.raises(RuleError, match="nothing of this payment is left"):
        ask(world, str(refund.id), _V.REFUND_EXECUTED)
    approve_resolution(world.ports, ask(world, str(refund.id), _V.REFUND_NOT_EXECUTED), actor="omar")
    assert world.get(Refund, refund.id).state is RefundState.REJECTED
    assert world.rows(LedgerEntry, kind=LedgerKind.REFUND) == []


def lost_refund(world: World, case_id: UUID) -> Refund:
    """A second payment's refund was sent, and the answer did not come."""
    first = world.start(case_id)
    world.gateway.refuses(first.trackid, _O.DECLINED)
    world.settle(first)
    world.pay(case_id)
    world.paid_at_the_bank(first)
    world.clock.advance(seconds=61)
    world.settle(first)
    world.gateway.next_refund_answers.append(_O.TRANSPORT_ERROR)
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    [refund] = world.rows(Refund)
    assert refund.state is RefundState.UNKNOWN
    return refund


def test_what_does_not_exist_or_is_not_explained_is_a_clear_error(world: World, unknown: PaymentAttempt) -> None:
    with pytest.raises(MissingError):
        ask(world, "RP00000000000000000")
    with pytest.raises(InputError, match="refund"):
        ask(world, "nonsense", _V.REFUND_EXECUTED)
    with pytest.raises(MissingError):
        approve_resolution(world.ports, uuid4(), actor="omar")
    with pytest.raises(InputError, match="reason"):
        request_resolution(
            world.ports, unknown.trackid, verdict=_V.CAPTURED, reason=" ", evidence="portal", actor="sara"
        )

"""Refunds in the bank's file: those that we sent, and what the file should have shown of them."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.payments.reconciling import find_absent
from infra.payments.refund_requests import approve_refund, refundable, request_refund
from infra.payments.refunding import LEASE
from infra.payments.resolving import approve_resolution, request_resolution
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.refund import Refund, RefundState
from models.payments.resolution import Verdict
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass
from tests.crashes import CrashError
from tests.settlement import DAY, File, questions
from tests.world import World

_C, _K, _L, _R = LineClass, LedgerKind, LedgerAccount, RefundState


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(CaseStatus.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def refund_of(world: World, paid: PaymentAttempt, answer: EvidenceOutcome | None = None) -> Refund:
    """Decided by two members of staff, and sent; the bank's answer may be lost on the way."""
    if answer is not None:
        world.gateway.next_refund_answers.append(answer)
    left = Money(paid.amount_fils)
    key = request_refund(world.ports, paid.order_id, amount=left, believed_left=left, reason="by mistake", actor="one")
    approve_refund(world.ports, key, actor="two")
    world.settle_all()
    return world.get(Refund, key)


def test_refund_that_succeeded_is_taken_off_the_payout(world: World, paid: PaymentAttempt) -> None:
    refund = refund_of(world, paid)
    assert refund.tranid
    report = File().sale(paid).credit(paid, refund.amount_fils, tranid=refund.tranid).taken_in(world)
    assert (report.counts, report.reviews) == ({_C.MATCHED: 1, _C.MATCHED_REFUND: 1}, ())
    payouts = [(each.debit, each.credit) for each in world.rows(LedgerEntry, kind=_K.SETTLEMENT)]
    assert payouts == [(_L.BANK, _L.GATEWAY), (_L.GATEWAY, _L.BANK)]
    assert len(world.rows(LedgerEntry, kind=_K.REFUND)) == 1


def test_refund_whose_answer_was_lost_is_known_by_the_file(world: World, case_id: UUID, paid: PaymentAttempt) -> None:
    refund = refund_of(world, paid, EvidenceOutcome.TRANSPORT_ERROR)
    assert (refund.state, questions(world)) == (_R.UNKNOWN, [ReviewKind.REFUND_UNKNOWN])
    report = File().sale(paid).credit(paid, refund.amount_fils, tranid="4077").taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.MATCHED_REFUND: 1}
    refund = world.get(Refund, refund.id)
    assert (refund.state, refund.tranid, questions(world)) == (_R.SUCCEEDED, "4077", [])
    [entry] = world.rows(LedgerEntry, kind=_K.REFUND)
    assert entry.booked_on == DAY
    assert world.order(case_id).status is OrderStatus.REFUNDED


def test_refund_whose_sender_died_is_known_by_the_file(
    world: World, paid: PaymentAttempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: object) -> None:
        raise CrashError

    with monkeypatch.context() as here:
        here.setattr(world.gateway, "refund", die)
        with pytest.raises(CrashError):
            refund_of(world, paid)
    [refund] = world.rows(Refund)
    assert (refund.state, world.gateway.refund_requests) == (_R.SUBMITTING, [])
    report = File().sale(paid).credit(paid, refund.amount_fils, tranid="4077").taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.MATCHED_REFUND: 1}
    assert world.get(Refund, refund.id).state is _R.SUCCEEDED
    world.clock.advance(seconds=2 * LEASE.total_seconds())
    world.settle_all()
    assert world.gateway.refund_requests == []


def test_refund_with_another_number_is_not_ours(world: World, paid: PaymentAttempt) -> None:
    refund = refund_of(world, paid)
    report = File().credit(paid, refund.amount_fils, tranid="4077").taken_in(world)
    assert report.counts == {_C.EXTERNAL_REFUND: 1}
    assert questions(world) == [ReviewKind.EXTERNAL_REFUND]


def test_refund_line_with_nothing_but_our_refunds_number_is_matched(world: World, paid: PaymentAttempt) -> None:
    refund = refund_of(world, paid)
    assert refund.tranid
    nameless = {"trackid": "", "paymentid": "", "ptlf": ""}
    report = File().credit(paid, refund.amount_fils, tranid=refund.tranid, **nameless).taken_in(world)
    assert report.counts == {_C.MATCHED_REFUND: 1}


def test_the_same_refund_line_again_is_a_duplicate(world: World, paid: PaymentAttempt) -> None:
    refund = refund_of(world, paid)
    line = {"amount": refund.amount_fils, "tranid": str(refund.tranid)}
    report = File().credit(paid, **line).credit(paid, **line).taken_in(world)
    assert report.counts == {_C.MATCHED_REFUND: 1, _C.DUPLICATE: 1}
    assert len(world.rows(LedgerEntry, kind=_K.SETTLEMENT)) == 1


def test_what_the_bank_returned_beside_a_refund_that_is_not_known_is_not_left(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    refund = refund_of(world, paid, EvidenceOutcome.HOST_TIMEOUT)
    File().credit(paid, 1000, tranid="77").taken_in(world)
    File().credit(paid, 250, tranid="78").taken_in(world)
    File().credit(paid, 251, tranid="78").taken_in(world)  # corrects the one before
    verdict = Verdict.REFUND_NOT_EXECUTED
    seen = {"reason": "seen at the bank", "evidence": "portal, 23 November"}
    asked = request_resolution(world.ports, str(refund.id), verdict=verdict, actor="one", **seen)
    approve_resolution(world.ports, asked, actor="two")
    with world.session() as session:
        found = refundable(session, world.order(case_id))
    assert found
    assert found[1] == paid.amount_fils - 1251


def test_refund_of_money_that_nobody_knows_leaves_suspense(world: World, paid: PaymentAttempt) -> None:
    nameless = {"trackid": "", "paymentid": "", "ptlf": ""}
    report = File().stranger(5000).credit(paid, 5000, tranid="4077", **nameless).taken_in(world)
    assert report.counts == {_C.UNKNOWN_PAYMENT: 1, _C.EXTERNAL_REFUND: 1}
    suspense = [each for each in world.rows(LedgerEntry) if _L.SUSPENSE in {each.debit, each.credit}]
    assert [(each.kind, each.debit) for each in suspense] == [(_K.CAPTURE, _L.GATEWAY), (_K.REFUND, _L.SUSPENSE)]


def test_refund_that_no_file_shows_is_not_known_any_more_until_one_does(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    refund = refund_of(world, paid)
    File().sale(paid).taken_in(world)
    world.clock.advance(days=2)
    assert find_absent(world.ports, gateway="knet", now=world.clock()) == []
    world.clock.advance(days=1)
    assert len(find_absent(world.ports, gateway="knet", now=world.clock())) == 1
    assert find_absent(world.ports, gateway="knet", now=world.clock()) == []
    assert world.get(Refund, refund.id).state is _R.UNKNOWN
    assert sorted(questions(world)) == [ReviewKind.REFUND_NOT_SETTLED, ReviewKind.REFUND_UNKNOWN]
    world.clock.advance(seconds=2 * LEASE.total_seconds())
    world.settle_all()
    assert len(world.gateway.refund_requests) == 1  # never sent again
    day = DAY + timedelta(days=3)
    File(day=day).credit(paid, refund.amount_fils, tranid=str(refund.tranid)).taken_in(world)
    assert (world.get(Refund, refund.id).state, questions(world)) == (_R.SUCCEEDED, [])
    assert len(world.rows(LedgerEntry, kind=_K.REFUND)) == 1  # booked once
    assert world.order(case_id).status is OrderStatus.REFUNDED

"""The bank's file against our books: every class of line, and what follows from it."""

from datetime import timedelta
from uuid import UUID

import pytest

from infra.payments.refund_requests import request_refund
from models.case import CaseStatus
from models.errors import InputError
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import OrderStatus
from models.payments.posting import PostingKind
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass
from tests.settlement import DAY, File, questions
from tests.world import World

_A, _C, _K, _L, _R, _S = AttemptState, LineClass, LedgerKind, LedgerAccount, ReviewKind, CaseStatus


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def paid(world: World, case_id: UUID) -> PaymentAttempt:
    return world.pay(case_id)


def moved(world: World, kind: LedgerKind) -> list[tuple[LedgerAccount, LedgerAccount, int]]:
    return [(each.debit, each.credit, each.amount_fils) for each in world.rows(LedgerEntry, kind=kind)]


def balance(world: World, account: LedgerAccount) -> int:
    return sum(
        each.amount_fils * ((each.debit is account) - (each.credit is account)) for each in world.rows(LedgerEntry)
    )


def test_matched_capture_is_paid_out_and_the_books_come_to_what_the_file_says(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    report = File().sale(paid).taken_in(world)
    assert (report.counts, report.totals_agree, report.reviews) == ({_C.MATCHED: 1}, True, ())
    [part] = report.parts
    assert (part.kind, part.lines, part.amount) == (PostingKind.CAPTURE, 1, Money(paid.amount_fils))
    [entry] = world.rows(LedgerEntry, kind=_K.SETTLEMENT)
    assert (entry.debit, entry.credit, entry.amount_fils) == (_L.BANK, _L.GATEWAY, paid.amount_fils)
    assert (entry.booked_on, entry.gateway_ref) == (DAY, f"20{paid.trackid}")
    assert world.get(GatewayEvidence, entry.evidence_id).kind is EvidenceKind.SETTLEMENT_LINE
    assert moved(world, _K.FEE) == [(_L.GATEWAY_FEES, _L.BANK, 150)]
    assert balance(world, _L.BANK) == report.totals.net.fils
    assert balance(world, _L.GATEWAY) == 0
    assert world.status(case_id) is _S.PAID


def test_a_settled_capture_is_not_undone_by_an_inquiry(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).taken_in(world)
    world.gateway.next_answers.append(EvidenceOutcome.VOIDED)
    assert world.settle(paid) is _A.CAPTURED
    assert questions(world) == [_R.CONTRADICTION]


@pytest.mark.parametrize(
    "changes",
    [
        {"trackid": "", "paymentid": "", "ptlf": ""},  # by transaction id and amount
        {"trackid": "", "tranid": "", "ref": "", "ptlf": ""},  # by payment id
        {"paymentid": "", "tranid": "", "ref": ""},  # by track id
        {"trackid": "", "paymentid": "", "tranid": "", "ptlf": ""},  # by reference, amount and day
        {"trackid": "", "paymentid": "", "tranid": "", "ref": ""},  # by the text that our request carried
    ],
)
def test_a_line_is_matched_by_whatever_number_it_has(
    world: World, paid: PaymentAttempt, changes: dict[str, str]
) -> None:
    report = File().sale(paid, **({"ptlf": paid.trackid} | changes)).taken_in(world)
    assert report.counts == {_C.MATCHED: 1}


def test_reference_of_another_day_matches_nothing(world: World, paid: PaymentAttempt) -> None:
    world.clock.advance(days=2)
    file = File(day=DAY + timedelta(days=2))
    report = file.sale(paid, trackid="", paymentid="", tranid="", ptlf="").taken_in(world)
    assert report.counts == {_C.UNKNOWN_PAYMENT: 1}


def test_number_that_the_bank_gave_twice_does_not_hide_the_second_payment(world: World, paid: PaymentAttempt) -> None:
    other = world.start(world.at(_S.AWAITING_PAYMENT))
    report = File().sale(paid).sale(other, tranid=f"20{paid.trackid}", amount=other.amount_fils).taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.LATE_CAPTURE: 1}


@pytest.mark.parametrize("outcome", [EvidenceOutcome.DECLINED, EvidenceOutcome.HOST_TIMEOUT, None])
def test_capture_that_we_did_not_know_pays_the_order(
    world: World, case_id: UUID, outcome: EvidenceOutcome | None
) -> None:
    attempt = world.start(case_id)
    if outcome:
        world.notify(world.gateway.refuses(attempt.trackid, outcome))
        world.settle(attempt)
    report = File().sale(attempt).taken_in(world)
    assert report.counts == {_C.LATE_CAPTURE: 1}
    assert world.get(PaymentAttempt, attempt.id).state is _A.CAPTURED
    assert (world.order(case_id).status, world.status(case_id)) == (OrderStatus.PAID, _S.PAID)
    assert balance(world, _L.GATEWAY) == 0


def test_second_capture_of_one_order_goes_back_in_full(world: World, case_id: UUID) -> None:
    first = world.start(case_id)
    world.notify(world.gateway.refuses(first.trackid, EvidenceOutcome.DECLINED))
    world.settle(first)
    second = world.pay(case_id)
    report = File().sale(second).sale(first).taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.SURPLUS: 1}
    [refund] = world.rows(Refund)
    assert (refund.attempt_id, refund.automatic, refund.amount_fils) == (first.id, True, first.amount_fils)
    assert world.status(case_id) is _S.PAID


@pytest.mark.parametrize("off_by", [1, -1])
def test_one_fil_of_difference_is_a_mismatch_where_nothing_was_booked(world: World, case_id: UUID, off_by: int) -> None:
    attempt = world.start(case_id)
    report = File().sale(attempt, amount=attempt.amount_fils + off_by).taken_in(world)
    assert report.counts == {_C.AMOUNT_DIFFERS: 1}
    assert [each.kind for each in report.reviews] == questions(world) == [_R.MISMATCH]
    [refund] = world.rows(Refund)
    assert refund.amount_fils == attempt.amount_fils + off_by
    assert world.status(case_id) is _S.PAYMENT_REVIEW


def test_one_fil_of_difference_from_a_booked_capture_is_a_question(world: World, paid: PaymentAttempt) -> None:
    report = File().sale(paid, amount=paid.amount_fils + 1).taken_in(world)
    assert report.counts == {_C.AMOUNT_DIFFERS: 1}
    assert questions(world) == [_R.CONTRADICTION]
    assert world.get(PaymentAttempt, paid.id).state is _A.CAPTURED
    assert balance(world, _L.GATEWAY) == -1
    assert world.rows(Refund) == []


def test_right_sum_in_the_file_after_a_wrong_one_by_inquiry_is_a_question(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1_000))
    assert world.settle(attempt) is _A.MISMATCH
    report = File().sale(attempt).taken_in(world)
    assert report.counts == {_C.AMOUNT_DIFFERS: 1}
    assert questions(world) == [_R.MISMATCH, _R.CONTRADICTION]
    again = File(fee=151).sale(attempt).taken_in(world)
    assert again.counts == {_C.DUPLICATE: 1}


def test_wrong_sum_that_was_known_is_matched(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1_000))
    world.settle(attempt)
    report = File().sale(attempt, amount=1_000).taken_in(world)
    assert (report.counts, questions(world)) == ({_C.MATCHED: 1}, [_R.MISMATCH])
    assert balance(world, _L.GATEWAY) == 0


def test_second_payment_under_one_track_id_waits_for_staff(world: World, paid: PaymentAttempt) -> None:
    report = File().sale(paid).sale(paid, paymentid="77", tranid="78").taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.CONTRADICTION: 1}
    assert questions(world) == [_R.CONTRADICTION]
    assert balance(world, _L.SUSPENSE) == -paid.amount_fils


def test_s8_host_timeout_that_only_the_settlement_file_shows_as_reversed(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.sql("update payment_attempt set checks_done = 9")
    world.gateway.next_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    assert world.settle(attempt) is _A.UNKNOWN
    assert (questions(world), world.order(case_id).status) == ([_R.UNKNOWN_OUTCOME], OrderStatus.REVIEW)
    report = File().sale(attempt, reversed_=True).taken_in(world)
    assert report.counts == {_C.REVERSED: 1}
    assert world.get(PaymentAttempt, attempt.id).state is _A.VOIDED
    assert (questions(world), world.order(case_id).status) == ([], OrderStatus.OPEN)
    assert world.rows(LedgerEntry) == []
    world.pay(case_id)
    assert world.status(case_id) is _S.PAID


def test_captured_payment_that_the_bank_took_back_is_booked_back(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    report = File().sale(paid, reversed_=True).taken_in(world)
    assert (report.counts, questions(world)) == ({_C.REVERSED: 1}, [_R.REVERSED])
    assert world.get(PaymentAttempt, paid.id).state is _A.VOIDED
    assert {balance(world, each) for each in _L} == {0}
    assert world.status(case_id) is _S.PAYMENT_REVIEW


def test_capture_and_reversal_of_one_day_count_in_that_order(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    report = File().sale(attempt, reversed_=True).sale(attempt).taken_in(world)
    assert report.counts == {_C.LATE_CAPTURE: 1, _C.REVERSED: 1}
    assert world.get(PaymentAttempt, attempt.id).state is _A.VOIDED


def test_s26_partial_refund_that_staff_made_in_the_banks_portal(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    report = File().sale(paid).credit(paid, 3000, tranid="501").taken_in(world)
    assert report.counts == {_C.MATCHED: 1, _C.EXTERNAL_REFUND: 1}
    assert [each.kind for each in report.reviews] == [_R.EXTERNAL_REFUND]
    [refund] = world.rows(Refund)
    assert (refund.state, refund.amount_fils, refund.automatic) == (RefundState.SUCCEEDED, 3000, False)
    assert world.history(refund) == ["approve", "submit", "succeed"]
    assert moved(world, _K.REFUND) == [(_L.ORDERS, _L.GATEWAY, 3000)]
    assert balance(world, _L.GATEWAY) == 0
    assert balance(world, _L.BANK) == report.totals.net.fils
    assert world.order(case_id).status is OrderStatus.REVIEW
    with pytest.raises(InputError, match="is left now"):  # what went back at the bank cannot be asked for again
        request_refund(
            world.ports,
            world.order(case_id).id,
            amount=None,
            believed_left=Money(paid.amount_fils),
            reason="again",
            actor="one",
        )


def test_refund_at_the_bank_takes_the_place_of_one_that_was_not_sent(
    world: World, case_id: UUID, paid: PaymentAttempt
) -> None:
    asked = request_refund(
        world.ports,
        world.order(case_id).id,
        amount=None,
        believed_left=Money(paid.amount_fils),
        reason="r",
        actor="one",
    )
    File().sale(paid).credit(paid, paid.amount_fils, tranid="501").taken_in(world)
    assert world.get(Refund, asked).state is RefundState.REJECTED
    assert balance(world, _L.ORDERS) == balance(world, _L.GATEWAY) == 0
    assert world.gateway.refund_requests == []


def test_refund_of_more_than_was_captured_is_booked_and_asked_about(world: World, paid: PaymentAttempt) -> None:
    File().sale(paid).credit(paid, paid.amount_fils + 1, tranid="501").taken_in(world)
    assert (questions(world), world.rows(Refund)) == ([_R.EXTERNAL_REFUND], [])
    assert balance(world, _L.ORDERS) == 1

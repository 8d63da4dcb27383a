"""A payer says that it is paid: every number leads to the payment, and the gateway is asked at once."""

from uuid import UUID

import pytest

from infra.payments.claiming import Answer, claim
from infra.payments.due import settle_due
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from models.case import CaseStatus
from models.errors import InputError
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.claim import ClaimOutcome, claim_words
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.receipt import Receipt
from tests.world import World

_C, _O, _S = ClaimOutcome, EvidenceOutcome, CaseStatus
CIVIL = "289010112345"


def say(world: World, text: str) -> Answer:
    return claim(world.ports, text, actor="sara")


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT)


@pytest.fixture
def attempt(world: World, case_id: UUID) -> PaymentAttempt:
    return world.start(case_id)


@pytest.mark.parametrize("called", ["trackid", "paymentid", "tranid", "ref", "reference", "order"])
def test_every_number_of_a_payment_leads_to_its_receipt(world: World, called: str) -> None:
    case_id = world.at(_S.COMPLETED)
    [attempt] = world.attempts(case_id)
    text = {"reference": world.case(case_id).reference, "order": str(attempt.order_id)}.get(called)
    answer = say(world, f" {(text or getattr(attempt, called)).lower()} ")
    [receipt] = world.rows(Receipt)
    assert (answer.outcome, [number for number, _ in answer.receipts]) == (_C.PAID, [receipt.number])
    assert answer.references == (world.case(case_id).reference,)


@pytest.mark.parametrize("reference", ["RN-ABCD-EFGH", "RN-2345-6789", "RN-ABCD-EFG2"])
@pytest.mark.parametrize("said", ["{}", "I paid for {} on Monday", "{}, 3 times", "my re-newal case {}."])
def test_reference_is_heard_in_a_sentence_with_a_digit_in_it_or_without(
    world: World, case_id: UUID, reference: str, said: str
) -> None:
    world.sql("update renewal_case set reference = :reference where id = :id", reference=reference, id=case_id)
    answer = say(world, said.format(reference.lower()))
    assert (answer.outcome, answer.references) == (_C.NOT_PAID_YET, (reference,))


def test_payment_that_we_had_not_heard_of_is_recorded_at_once(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.gateway.captures(attempt.trackid)
    assert say(world, attempt.trackid).outcome is _C.CONFIRMING
    world.clock.advance(seconds=61)
    assert say(world, world.case(case_id).reference).outcome is _C.PAID
    assert (world.status(case_id), len(world.rows(LedgerEntry))) == (_S.PAID, 1)


def test_number_that_only_a_message_of_the_gateway_named_is_found(world: World, attempt: PaymentAttempt) -> None:
    world.notify(world.gateway.message(attempt.trackid, _O.CAPTURED) + b"&ref=712345678901")
    world.gateway.captures(attempt.trackid)
    world.come_back(attempt)
    assert say(world, "٧١٢٣٤٥٦٧٨٩٠١").outcome is _C.PAID


@pytest.mark.parametrize("text", ["chg_TS01aB23", "CHG_ts01ab23"])
def test_gateways_number_with_small_letters_is_found(world: World, text: str) -> None:
    case_id = world.at(_S.PAID)
    world.gateway.next_answers.append(_O.TRANSPORT_ERROR)
    world.sql("update payment_attempt set paymentid = 'chg_TS01aB23'")
    assert say(world, text).references == (world.case(case_id).reference,)


def test_payment_that_the_bank_declined_was_not_taken(world: World, attempt: PaymentAttempt) -> None:
    world.gateway.refuses(attempt.trackid, _O.DECLINED)
    assert say(world, attempt.trackid).outcome is _C.NOT_TAKEN


def test_nobody_is_told_to_pay_again_when_another_attempt_paid(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.gateway.refuses(attempt.trackid, _O.DECLINED)
    world.settle(attempt)
    world.pay(case_id)
    assert say(world, attempt.trackid).outcome is _C.PAID


def test_second_payment_is_being_refunded_and_then_returned(
    world: World, case_id: UUID, attempt: PaymentAttempt
) -> None:
    world.gateway.refuses(attempt.trackid, _O.DECLINED)
    world.settle(attempt)
    world.pay(case_id)
    world.paid_at_the_bank(attempt)
    world.clock.advance(seconds=61)
    assert say(world, attempt.trackid).outcome is _C.SURPLUS
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    assert say(world, attempt.trackid).outcome is _C.RETURNED


def test_other_sum_than_was_asked_for_is_refunded(world: World, attempt: PaymentAttempt) -> None:
    world.gateway.captures(attempt.trackid, amount=Money(attempt.amount_fils - 1))
    assert say(world, attempt.trackid).outcome is _C.SURPLUS


def test_what_the_bank_does_not_know_is_not_to_be_paid_again(world: World, attempt: PaymentAttempt) -> None:
    world.gateway.next_answers.append(_O.HOST_TIMEOUT)
    assert say(world, attempt.trackid).outcome is _C.NOT_KNOWN_YET


def test_the_bank_is_asked_at_most_every_ten_seconds(world: World, attempt: PaymentAttempt) -> None:
    say(world, attempt.trackid)
    say(world, attempt.trackid)
    assert len(world.gateway.inquiries) == 1


def test_number_that_nobody_knows_is_kept_and_changes_nothing(world: World, attempt: PaymentAttempt) -> None:
    assert say(world, "998877665544332211").outcome is _C.UNKNOWN_HERE
    [kept] = world.rows(GatewayEvidence)
    assert (kept.kind, kept.outcome, kept.attempt_id) == (EvidenceKind.OPERATOR, _O.NOT_FOUND, None)
    assert kept.fields == {"claimed": "998877665544332211"}
    assert (world.get(PaymentAttempt, attempt.id), world.gateway.inquiries) == (attempt, [])


def test_civil_number_is_neither_logged_nor_kept(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    say(world, CIVIL)
    [kept] = world.rows(GatewayEvidence)
    printed = capsys.readouterr()
    assert CIVIL not in f"{kept.fields}{kept.raw!r}{printed.out}{printed.err}"


@pytest.mark.parametrize("text", ["", "abc", "my payment; drop table", "x" * 65, "1=1--'"])
def test_what_cannot_be_a_number_is_refused_and_not_repeated(world: World, text: str) -> None:
    with pytest.raises(InputError) as refused:
        say(world, text)
    assert not text or text not in str(refused.value)
    assert world.rows(GatewayEvidence) == []


def test_number_of_two_payments_is_nobodys_answer(world: World) -> None:
    first, second = world.at(_S.PAID), world.at(_S.PAID)
    for case_id in (first, second):
        world.sql("update payment_attempt set ref = 'SAMEREF' where order_id = :order", order=world.order(case_id).id)
    answer = say(world, "sameref")
    assert (answer.outcome, answer.references, answer.receipts) == (_C.SEVERAL, (), ())


def test_every_answer_has_words_in_both_languages() -> None:
    assert all(each.en and each.ar for each in claim_words().values())


@pytest.mark.parametrize(
    ("called", "sentence"),
    [
        ("ref", "my payment {} on Monday the 23/11"),
        ("ref", "KNET reference: {}, KD 12.500"),
        ("trackid", "I paid ({})."),
        ("paymentid", "دفعت يوم الاثنين برقم {}"),
    ],
)
def test_number_is_found_in_what_the_payer_says_around_it(world: World, called: str, sentence: str) -> None:
    case_id = world.at(_S.PAID)
    [attempt] = world.attempts(case_id)
    answer = say(world, sentence.format(getattr(attempt, called)))
    assert (answer.outcome, answer.references) == (_C.PAID, (world.case(case_id).reference,))


def test_number_that_is_said_in_groups_is_one_number(world: World) -> None:
    case_id = world.at(_S.PAID)
    world.sql("update payment_attempt set ref = '712345678901'")
    assert say(world, "the bank says 7123 4567 8901").references == (world.case(case_id).reference,)


def test_of_a_sentence_only_numbers_are_kept(world: World) -> None:
    assert say(world, f"Ahmad, civil {CIVIL}, paid 998877665544").outcome is _C.UNKNOWN_HERE
    [kept] = world.rows(GatewayEvidence)
    assert kept.fields == {"claimed": "••••••••2345 ••••••••5544"}


def test_sentence_without_a_number_is_refused(world: World) -> None:
    with pytest.raises(InputError, match="give one number"):
        say(world, "I paid on Monday")


def test_case_that_nobody_tried_to_pay_is_not_paid_yet_and_says_where_to_pay(world: World, case_id: UUID) -> None:
    answer = say(world, world.case(case_id).reference)
    assert answer.outcome is _C.NOT_PAID_YET
    assert answer.references == (world.case(case_id).reference,)
    assert answer.pay_url == f"{world.ports.settings.public_url}/pay/{world.order(case_id).id}"
    assert (world.gateway.inquiries, world.rows(GatewayEvidence)) == ([], [])


def test_case_that_lapsed_unpaid_and_one_with_nothing_to_pay_are_told_apart(world: World, case_id: UUID) -> None:
    other = world.case(world.submitted()[0])
    assert say(world, other.reference).outcome is _C.NOTHING_DUE
    world.clock.advance(days=60)
    settle_due(world.ports)
    answer = say(world, world.case(case_id).reference)
    assert (answer.outcome, answer.pay_url) == (_C.CLOSED_UNPAID, "")


def test_declined_payer_is_told_where_to_pay_again(world: World, case_id: UUID, attempt: PaymentAttempt) -> None:
    world.gateway.refuses(attempt.trackid, _O.DECLINED)
    answer = say(world, attempt.trackid)
    assert (answer.outcome, answer.pay_url[-36:]) == (_C.NOT_TAKEN, str(world.order(case_id).id))


def test_part_that_went_back_is_said_with_what_was_taken_and_what_remains(world: World) -> None:
    case_id = world.at(_S.COMPLETED)
    order, reference = world.order(case_id), world.case(case_id).reference
    paid, part = Money(order.amount_fils), Money(20_000)
    key = request_refund(world.ports, order.id, amount=part, believed_left=paid, reason="in error", actor="sara")
    approve_refund(world.ports, key, actor="omar")
    assert say(world, reference).outcome is _C.PAID
    send_refund(world.ports, key, actor="settle")
    answer = say(world, reference)
    assert (answer.outcome, [number for number, _ in answer.receipts]) == (
        _C.PARTLY_RETURNED,
        [world.rows(Receipt)[0].number],
    )
    left = paid - part
    assert (
        f"{paid.english} was taken, {part.english} of it went back to the card, and {left.english}" in answer.words.en
    )
    assert all(each.arabic in answer.words.ar for each in (paid, part, left))

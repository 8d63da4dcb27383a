"""What the message says of money that did not stay, and what a company is told of its rows."""

import re
from uuid import UUID

import pytest

from infra.messages.sending import send_due
from infra.payments.due import settle_due
from infra.payments.reviews import close_review
from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.message import MessageKind
from models.money import Money
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.review import ReviewItem
from models.service import Language
from tests.settlement import File
from tests.world import World

K, S = MessageKind, CaseStatus


def send_all(world: World) -> None:
    while send_due(world.ports):
        pass


def told(world: World, kind: MessageKind) -> tuple[str, str]:
    """The newest such message, in both languages."""
    send_all(world)
    return world.messages.texts(kind)[-1], world.messages.texts(kind, Language.ARABIC)[-1]


def close_question(world: World) -> None:
    [item] = world.rows(ReviewItem, resolved_at=None)
    close_review(world.ports, item.id, actor="sara", resolution="told the payer")


def company(world: World, *troubles: Trouble) -> list[UUID]:
    """Two rows that are well, and one for each trouble."""
    people = [world.person(), world.person(), *[world.person(18, each) for each in troubles]]
    cases = world.submitted(world.company(*people))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    return cases


def another_sum_went_back(world: World, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1_000))
    world.settle(attempt)
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    close_question(world)


def reversed_by_the_bank(world: World, case_id: UUID) -> None:
    File().sale(world.pay(case_id), reversed_=True).taken_in(world)
    close_question(world)


@pytest.mark.parametrize("together", [False, True])
def test_after_another_sum_was_taken_the_message_does_not_say_that_none_came(world: World, *, together: bool) -> None:
    case_id = company(world)[0] if together else world.at(S.AWAITING_PAYMENT)
    another_sum_went_back(world, case_id)
    world.clock.advance(minutes=20)
    english, arabic = told(world, K.PAYMENT_ASKED_AGAIN)
    assert "another amount than was due" in english
    assert "يختلف عن المستحق" in arabic
    assert "did not reach us" not in english
    assert f"/pay/{world.order(case_id).id}" in english


@pytest.mark.parametrize("together", [False, True])
def test_after_a_reversal_the_message_says_that_the_bank_gave_it_back(world: World, *, together: bool) -> None:
    case_id = company(world)[0] if together else world.at(S.AWAITING_PAYMENT)
    reversed_by_the_bank(world, case_id)
    world.clock.advance(minutes=20)
    english, arabic = told(world, K.PAYMENT_ASKED_AGAIN)
    assert "the bank gave the last payment back" in english
    assert "أعاد البنك" in arabic
    assert "did not reach us" not in english


def test_a_payment_that_was_never_taken_is_called_so(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.sql("update payment_attempt set checks_done = 9")
    world.gateway.next_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    world.settle(attempt)
    world.clock.advance(minutes=5)
    world.gateway.refuses(attempt.trackid, EvidenceOutcome.DECLINED)
    world.settle(attempt)
    english, arabic = told(world, K.PAYMENT_ASKED_AGAIN)
    assert "the last payment did not go through" in english
    assert "لم تتم" in arabic


def test_a_company_is_sent_the_page_of_all_its_receipts(world: World) -> None:
    cases = company(world)
    world.pay(cases[0])
    for each in cases:
        world.run(each)
    world.clock.advance(minutes=20)
    [attempt] = world.rows(PaymentAttempt)
    for text in told(world, K.RECEIPT_ISSUED):
        assert f"https://renewal.example/pay/return/{attempt.return_token}" in text.splitlines()


def test_a_company_is_told_which_rows_are_refused_and_why(world: World) -> None:
    cases = company(world, Trouble.STATE_DEBTS)
    world.clock.advance(minutes=20)
    english, arabic = told(world, K.REFUSED)
    reference = world.case(cases[2]).reference
    assert re.search(rf"row 3, {reference}: .*Debts to state bodies are unpaid", english)
    assert reference in arabic
    assert not any("the answer to the batch" in text for text in (english, arabic))


def test_of_many_refused_rows_some_are_named_and_the_others_counted(world: World) -> None:
    company(world, *[Trouble.STATE_DEBTS] * 5)
    world.clock.advance(minutes=20)
    english, _ = told(world, K.REFUSED)
    assert (english.count("- row "), "and 2 more" in english) == (3, True)

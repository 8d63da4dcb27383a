"""The payer's pages: what is to be paid, the way to the bank and back, and plain words when it cannot be paid."""

from uuid import UUID

import pytest

from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.order import OrderStatus
from models.quote import FeeLine
from models.service import Language
from tests.site import Site
from tests.world import World

_A, _O, _S = AttemptState, EvidenceOutcome, CaseStatus
NOBODYS = "11111111-1111-4111-8111-111111111111"
BUTTON = '<form id="pay" method="post"'


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT, world.draft(language=Language.ENGLISH))


def page_of(world: World, case_id: UUID) -> str:
    return f"/pay/{world.order(case_id).id}"


@pytest.mark.parametrize(
    ("language", "html", "pay"),
    [
        (Language.ARABIC, '<html lang="ar" dir="rtl">', "الدفع عبر كي نت"),
        (Language.ENGLISH, '<html lang="en" dir="ltr">', "Pay with KNET"),
    ],
)
def test_pay_page_speaks_the_payers_language_first_and_both(
    world: World, site: Site, *, language: Language, html: str, pay: str
) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT, world.draft(language=language))
    answer = site.get(page_of(world, case_id))
    money = Money(world.order(case_id).amount_fils)
    assert answer.status_code == 200
    assert html in answer.text
    assert pay in answer.text
    assert (money.arabic if language is Language.ARABIC else money.english) in answer.text
    for line in world.rows(FeeLine):
        assert line.label_ar in answer.text
        assert line.label_en in answer.text


def test_pay_page_shows_no_name_and_no_civil_number(world: World, site: Site) -> None:
    worker = world.person()
    case_id = world.at(_S.AWAITING_PAYMENT, world.draft(world.draft().service, worker))
    text = site.get(page_of(world, case_id)).text
    assert world.case(case_id).reference in text
    secrets = (worker.civil_number, worker.resident.civil.name_latin, worker.resident.civil.name_ar)
    assert not any(secret in text for secret in secrets)


def test_batch_is_shown_with_all_its_cases(world: World, site: Site) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release()
    for case_id in cases:
        world.run(case_id)
    text = site.get(page_of(world, cases[0])).text
    assert all(world.case(case_id).reference in text for case_id in cases)


def test_button_pressed_twice_leads_to_the_same_attempt(world: World, site: Site, case_id: UUID) -> None:
    one, other = (site.post(page_of(world, case_id)) for _ in range(2))
    assert (one.status_code, one.headers["location"]) == (303, other.headers["location"])
    assert one.headers["location"].startswith("https://bank.example/pay/RP")
    assert len(world.rows(PaymentAttempt)) == 1


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (OrderStatus.PAID, "The fees are paid."),
        (OrderStatus.EXPIRED, "can no longer be paid"),
        (OrderStatus.CANCELLED, "can no longer be paid"),
        (OrderStatus.REVIEW, "Staff are looking at this payment."),
    ],
)
def test_order_that_cannot_be_paid_says_why_and_has_no_button(
    world: World, site: Site, case_id: UUID, *, status: OrderStatus, words: str
) -> None:
    page = page_of(world, case_id)
    world.sql("update payment_order set status = :it", it=status.value)
    for answer, code in ((site.get(page), 200), (site.post(page), 409)):
        assert answer.status_code == code
        assert words in answer.text
        assert BUTTON not in answer.text


def test_payer_who_presses_again_while_we_verify_is_told_to_wait(world: World, site: Site, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.notify(world.gateway.captures(attempt.trackid))
    answer = site.post(page_of(world, case_id))
    assert answer.status_code == 409
    assert "still being verified" in answer.text
    assert BUTTON not in answer.text


def test_order_whose_time_is_over_is_not_payable_before_anybody_marked_it(
    world: World, site: Site, case_id: UUID
) -> None:
    world.clock.advance(days=8)
    answer = site.post(page_of(world, case_id))
    assert answer.status_code == 409
    assert "can no longer be paid" in answer.text


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (_O.CAPTURED, "Amount paid"),
        (_O.DECLINED, "No money was taken"),
        (_O.CANCELLED, "No money was taken"),
        (_O.HOST_TIMEOUT, "Verifying your payment"),
    ],
)
def test_return_page_tells_the_outcome(
    world: World, site: Site, case_id: UUID, *, outcome: EvidenceOutcome, words: str
) -> None:
    attempt = world.start(case_id)
    bank = world.gateway
    world.notify(bank.captures(attempt.trackid) if outcome is _O.CAPTURED else bank.refuses(attempt.trackid, outcome))
    first = site.get(f"/pay/return/{attempt.return_token}")
    assert "Verifying your payment" in first.text
    assert 'http-equiv="refresh"' in first.text
    world.settle(attempt)
    assert words in site.get(f"/pay/return/{attempt.return_token}").text


def test_payer_who_left_the_bank_before_an_end_may_go_on(world: World, site: Site, case_id: UUID) -> None:
    attempt = world.start(case_id)
    answer = site.get(f"/pay/return/{attempt.return_token}")
    assert "The payment is not finished" in answer.text
    assert f'href="/pay/{attempt.order_id}"' in answer.text


def test_return_page_of_another_amount_says_that_staff_look(world: World, site: Site, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1))
    assert world.settle(attempt) is _A.MISMATCH
    answer = site.get(f"/pay/return/{attempt.return_token}")
    assert "KNET reported another amount" in answer.text
    assert 'http-equiv="refresh"' not in answer.text


@pytest.mark.parametrize("name", [NOBODYS, "1", "RN-2222-2222", "%00", "٣"])
@pytest.mark.parametrize("path", ["/pay/{}", "/pay/return/{}", "/receipts/{}.pdf", "/nowhere/{}"])
def test_address_that_leads_nowhere_is_met_with_a_page_in_both_languages(site: Site, path: str, name: str) -> None:
    answer = site.get(path.format(name))
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "There is no such page" in answer.text
    assert "هذه الصفحة غير موجودة" in answer.text


@pytest.mark.parametrize("name", [NOBODYS, "1"])
def test_unknown_order_cannot_be_paid(site: Site, name: str) -> None:
    assert site.post(f"/pay/{name}").status_code == 404


def test_while_a_payment_is_verified_the_page_says_not_to_pay_again_and_has_no_button(world: World, site: Site) -> None:
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    world.notify(world.gateway.captures(attempt.trackid))
    shown = site.get(f"/pay/{attempt.order_id}")
    assert BUTTON not in shown.text
    assert "Do not pay again" in shown.text

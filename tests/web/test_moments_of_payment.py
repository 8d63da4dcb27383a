"""What the pages say where a payer could pay twice or give up: under way, given back, stopped, a row refused."""

from uuid import UUID

import pytest

from infra.holding import hold_case
from infra.payments.due import settle_due
from infra.payments.pauses import pause_by_staff
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from infra.payments.reviews import close_review
from models.batch import Batch
from models.case import CaseStatus
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceOutcome
from models.payments.review import ReviewItem
from models.service import Language
from tests.settlement import File
from tests.site import Site
from tests.world import World

_O, _S = EvidenceOutcome, CaseStatus
BUTTON, REFRESH = 'id="pay"', 'http-equiv="refresh"'
ASKING_EN = "If you have paid, do not pay again: we are asking the bank."
ASKING_AR = "إن كنت قد دفعت فلا تدفع مرة أخرى: نحن نسأل البنك الآن."


@pytest.fixture
def case_id(world: World) -> UUID:
    return world.at(_S.AWAITING_PAYMENT, world.draft(language=Language.ENGLISH))


def pay_page(world: World, site: Site, case_id: UUID) -> str:
    return site.get(f"/pay/{world.order(case_id).id}").text


def return_page(site: Site, attempt: PaymentAttempt) -> str:
    return site.get(f"/pay/return/{attempt.return_token}").text


def sentences(page: str) -> str:
    """What follows the amount, where the payer reads on."""
    return page[page.index('class="row total"') :]


def reversed_payment(world: World, case_id: UUID) -> PaymentAttempt:
    [attempt] = world.attempts(case_id)
    world.gateway.refuses(attempt.trackid, _O.VOIDED)
    File().sale(attempt, reversed_=True).taken_in(world)
    return attempt


def give_all_back(world: World, case_id: UUID) -> None:
    order = world.order(case_id)
    whole = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=whole, believed_left=whole, reason="in error", actor="sara")
    approve_refund(world.ports, key, actor="omar")
    send_refund(world.ports, key, actor="settle")


@pytest.mark.parametrize("language", Language)
def test_while_the_banks_page_may_be_open_the_first_word_is_not_to_pay_again(
    world: World, site: Site, language: Language
) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT, world.draft(language=language))
    world.start(case_id)
    page = pay_page(world, site, case_id)
    said = sentences(page)
    first = ASKING_AR if language is Language.ARABIC else ASKING_EN
    assert said.index("<p ") < said.index(first) < said.index("</p>")
    assert ASKING_EN in said
    assert ASKING_AR in said
    assert BUTTON not in page
    assert REFRESH in page


def test_who_comes_back_unheard_has_the_bank_asked_at_once_and_sees_that_it_is_paid(
    world: World, site: Site, case_id: UUID
) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid)
    assert settle_due(world.ports).asked == []
    pay_page(world, site, case_id)
    assert settle_due(world.ports).asked == [attempt.id]
    page = pay_page(world, site, case_id)
    assert "still being verified" in page
    assert BUTTON not in page
    assert REFRESH in page
    world.clock.advance(seconds=61)
    pay_page(world, site, case_id)
    settle_due(world.ports)
    assert "The fees are paid" in pay_page(world, site, case_id)


def test_who_has_not_paid_is_led_back_to_the_banks_page_once_the_bank_was_asked(
    world: World, site: Site, case_id: UUID
) -> None:
    attempt = world.start(case_id)
    pay_page(world, site, case_id)
    world.gateway.next_answers.append(_O.NOT_FOUND)
    settle_due(world.ports)
    page = pay_page(world, site, case_id)
    assert ASKING_EN in page
    assert "I have not paid: go on to the KNET page" in page
    assert "Pay with KNET" not in page
    answer = site.post(f"/pay/{attempt.order_id}")
    assert (answer.status_code, answer.headers["location"][-19:]) == (303, attempt.trackid)
    assert len(world.rows(PaymentAttempt)) == 1


def test_when_the_banks_page_has_closed_there_is_no_button_that_leads_nowhere(
    world: World, site: Site, case_id: UUID
) -> None:
    attempt = world.start(case_id)
    world.clock.at = attempt.page_expires_at
    page = pay_page(world, site, case_id)
    assert "still being verified" in page
    assert BUTTON not in page


def test_of_a_reversed_payment_the_page_says_that_it_was_given_back_and_offers_nothing(
    world: World, site: Site
) -> None:
    case_id = world.at(_S.COMPLETED, world.draft(language=Language.ENGLISH))
    attempt = reversed_payment(world, case_id)
    page = return_page(site, attempt)
    assert "The bank took this money and gave it back" in page
    assert "خصم البنك هذا المبلغ ثم أعاده" in page
    assert "Staff are looking at this payment. Do not pay again" in page
    assert not any(
        untrue in page for untrue in ("No money was taken", "Not paid", "Try again", f'href="/pay/{attempt}')
    )
    assert "Amount to pay" not in pay_page(world, site, case_id)


def test_reversed_payment_that_is_still_due_leads_back_to_the_pay_page(world: World, site: Site, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.refuses(attempt.trackid, _O.VOIDED)
    assert world.settle(attempt) is AttemptState.VOIDED
    page = return_page(site, attempt)
    assert "No money was taken" not in page
    assert "can be paid on its page" in page
    assert f'href="/pay/{attempt.order_id}"' in page


def test_of_a_payment_of_another_sum_the_page_follows_the_money_home(world: World, site: Site, case_id: UUID) -> None:
    attempt = world.start(case_id)
    world.gateway.captures(attempt.trackid, amount=Money(1_000))
    world.settle(attempt)
    page = return_page(site, attempt)
    assert "KNET reported another amount" in page
    assert "Do not pay again" in page
    world.clock.advance(minutes=5)
    settle_due(world.ports)
    page = return_page(site, attempt)
    assert "This money was returned to the card" in page
    assert "Do not pay again; we will contact you" in page
    [item] = world.rows(ReviewItem, resolved_at=None)
    close_review(world.ports, item.id, actor="sara", resolution="told the payer")
    page = return_page(site, attempt)
    assert "This money was returned to the card" in page
    assert "Do not pay again" not in page
    assert f'href="/pay/{attempt.order_id}"' in page


def test_after_a_full_refund_nothing_is_headed_paid(world: World, site: Site) -> None:
    case_id = world.at(_S.COMPLETED, world.draft(language=Language.ENGLISH))
    give_all_back(world, case_id)
    [attempt] = world.attempts(case_id)
    page = return_page(site, attempt)
    assert "<h1>" in page
    assert "Refunded" in page[page.index("<h1>") : page.index("</h1>")]
    assert not any(untrue in page for untrue in ("Remains paid", "KD 0.000"))
    shown = pay_page(world, site, case_id)
    assert "went back to the card" in shown
    assert "on its way" not in shown
    assert "Remains paid" not in shown


def test_money_that_was_not_owed_is_not_headed_paid(world: World, site: Site, case_id: UUID) -> None:
    first = world.start(case_id)
    world.gateway.refuses(first.trackid, _O.DECLINED)
    world.settle(first)
    world.pay(case_id)
    world.paid_at_the_bank(first)
    world.clock.advance(seconds=61)
    settle_due(world.ports)
    page = return_page(site, first)
    assert "It is being refunded in full by itself" in page
    assert "The fees are paid. Do not pay again." in page


@pytest.mark.parametrize("language", Language)
def test_while_payments_are_paused_the_page_says_so_and_has_no_button(
    world: World, site: Site, language: Language
) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT, world.draft(language=language))
    pause_by_staff(world.ports, world.ports.gateway.name, actor="sara", reason="maintenance")
    page = pay_page(world, site, case_id)
    assert "Payments are paused for now" in page
    assert "الدفع متوقف مؤقتًا" in page
    assert BUTTON not in page


def test_while_staff_hold_the_case_the_page_says_so_and_starts_nothing(world: World, site: Site, case_id: UUID) -> None:
    hold_case(world.ports, case_id=case_id, actor="sara", reason="a doubt")
    page = pay_page(world, site, case_id)
    assert "Our staff have stopped this application" in page
    assert BUTTON not in page
    assert site.post(f"/pay/{world.order(case_id).id}").status_code == 409
    assert world.rows(PaymentAttempt) == []


def test_while_a_row_is_held_the_rest_of_its_batch_can_be_paid(world: World, site: Site) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release()
    for each in cases:
        world.run(each)
    hold_case(world.ports, case_id=cases[0], actor="sara", reason="a doubt")
    assert BUTTON in pay_page(world, site, cases[0])


def test_pay_page_of_a_batch_names_it_and_says_how_many_rows_are_not_in_the_payment(world: World, site: Site) -> None:
    cases = world.submitted(world.company(world.person(), world.person(), world.person()))
    world.sql("update renewal_case set status = 'rejected' where id = :id", id=cases[1])
    world.release()
    for each in (cases[0], cases[2]):
        world.run(each)
    [batch] = world.rows(Batch)
    page = pay_page(world, site, cases[0])
    assert batch.reference in page
    assert "in this payment: 2; in the whole batch: 3" in page
    assert world.case(cases[1]).reference not in page

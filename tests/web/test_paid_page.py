"""The pages of an order that is paid: for what, which receipt is whose, and what of the money went back."""

import re
from uuid import UUID

import pytest

from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from models.case import CaseStatus
from models.money import Money
from models.payments.order import OrderLine
from models.receipt import Receipt
from models.service import Language
from tests.site import Site
from tests.world import World

_S = CaseStatus
REFRESH = 'http-equiv="refresh"'


@pytest.fixture
def employees(world: World) -> list[UUID]:
    """Two rows of a company, paid together; the first has its receipt."""
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release()
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    assert world.run(cases[0]) is _S.COMPLETED
    return cases


def pages(world: World, site: Site, case_id: UUID) -> tuple[str, str]:
    """The pay page, and the page that the payer came back to."""
    [attempt] = world.attempts(case_id)
    return site.get(f"/pay/{attempt.order_id}").text, site.get(f"/pay/return/{attempt.return_token}").text


def give_back(world: World, case_id: UUID, amount: Money) -> None:
    order = world.order(case_id)
    left = Money(order.amount_fils)
    key = request_refund(world.ports, order.id, amount=amount, believed_left=left, reason="in error", actor="sara")
    approve_refund(world.ports, key, actor="omar")
    send_refund(world.ports, key, actor="settle")


def test_pay_page_of_several_cases_shows_each_with_its_receipts_number(
    world: World, site: Site, employees: list[UUID]
) -> None:
    page, _ = pages(world, site, employees[0])
    [receipt] = world.rows(Receipt)
    one, other = (page.index(world.case(each).reference) for each in employees)
    assert one < page.index(receipt.number) < other
    assert "The address of all the receipts comes in a message" in page
    assert "يصل عنوان صفحة كل الإيصالات في رسالة" in page
    assert ".pdf" not in page


def test_payer_of_several_cases_comes_back_to_what_was_paid_and_the_way_to_each_receipt(
    world: World, site: Site, employees: list[UUID]
) -> None:
    _, page = pages(world, site, employees[0])
    [receipt] = world.rows(Receipt)
    one, other = (page.index(world.case(each).reference) for each in employees)
    assert one < page.index(f'href="/receipts/{receipt.id}.pdf"') < other
    for line in world.rows(OrderLine):
        assert Money(line.amount_fils).arabic in page
    assert REFRESH in page
    world.run(employees[1])
    _, page = pages(world, site, employees[0])
    assert len(re.findall(r'href="/receipts/[0-9a-f-]+\.pdf"', page)) == len(employees)
    assert REFRESH not in page


@pytest.mark.parametrize("language", Language)
def test_part_that_went_back_is_shown_with_what_remains(world: World, site: Site, language: Language) -> None:
    case_id = world.at(_S.COMPLETED, world.draft(language=language))
    before = pages(world, site, case_id)
    give_back(world, case_id, Money(20_000))
    paid = Money(world.order(case_id).amount_fils)
    written = [each.arabic if language is Language.ARABIC else each.english for each in (Money(20_000), paid)]
    written.append(str(paid - Money(20_000)))
    for old, new in zip(before, pages(world, site, case_id), strict=True):
        assert "Went back to the card" not in old
        assert "Went back to the card" in new
        assert "أُعيد إلى البطاقة" in new
        assert all(each in new for each in written)


def test_receipt_that_was_revoked_is_offered_no_more_and_nobody_waits_for_it(world: World, site: Site) -> None:
    case_id = world.at(_S.COMPLETED)
    give_back(world, case_id, Money(world.order(case_id).amount_fils))
    _, page = pages(world, site, case_id)
    assert ".pdf" not in page
    assert REFRESH not in page

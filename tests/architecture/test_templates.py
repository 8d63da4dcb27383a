"""Every page renders, in both languages and in every state that it knows; a missing word would be an error."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from jinja2 import StrictUndefined, UndefinedError

from infra.receipts.seal import SealPayload
from models.money import Money
from models.payments.claim import ClaimOutcome, claim_words
from models.payments.order import OrderStatus
from models.payments.paying import Paying, is_next_question
from tests.checkout import CHECKOUT
from web import pages
from web.order_view import BatchView, CaseView, FeeView, OrderView, PageView

TEMPLATES = CHECKOUT / "templates"
PARTS = {"pay/base.html", "pay/words.html"}
LANGUAGES = ("ar", "en")
FOLLOWING = (Paying.OPEN, Paying.WITH_STAFF, Paying.REFUNDED)
STATUS = {each.value: each for each in OrderStatus}
SEALED = SealPayload(
    issued_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    receipt_number="2026-000042",
    case_reference="RN-2222-2222",
    gateway_reference="632900000001",
    amount=Money(120_500),
    currency="KWD",
    digest=bytes(16),
)


def order(language: str, paying: Paying = Paying.OPEN, label: str = "Residency & fees") -> OrderView:
    alone, family = (
        [FeeView(person=person, label_en=label, label_ar="رسوم الإقامة", amount_fils=20_000) for person in persons]
        for persons in ([None], [1, 2, 2])
    )
    cases = [
        CaseView("RN-2222-2222", 20_000, alone, None, is_awaited=True),
        CaseView("RN-3333-3333", 60_000, family, ("RC-2026-000001", UUID(int=2)), is_awaited=False),
    ]
    return OrderView(
        id=UUID(int=1),
        batch=BatchView("BT-2222-2222", rows=3),
        status=STATUS.get(paying.value, OrderStatus.IN_PROGRESS),
        paying=paying,
        pay_by="30/11/2026 12:00",
        page=PageView("23/11/2026 12:45", may_go_on=True) if paying is Paying.AT_THE_BANK else None,
        language=language,
        amount_fils=80_000,
        returned_fils=0,
        cases=cases,
    )


def shown(template: str, **view: Any) -> str:
    return bytes(pages.page(template, **view).body).decode()


def pay_page(view: OrderView, *, is_unreachable: bool = False) -> str:
    return shown("pay/order.html", order=view, is_unreachable=is_unreachable, key=UUID(int=7))


def return_page(view: OrderView, fate: ClaimOutcome, *, outcome: str | None = None, other_sum: bool = False) -> str:
    then = view.said if is_next_question(fate, view.paying) else None
    return shown(
        "pay/return.html",
        order=view,
        outcome=outcome or fate.value,
        said=claim_words()[fate],
        other_sum=other_sum,
        then=then,
    )


ORDERS = [
    pay_page(order(language, paying), is_unreachable=unreachable)
    for language, paying, unreachable in product(LANGUAGES, Paying, (True, False))
]
RETURNS = [
    return_page(order(language, paying), fate, other_sum=other_sum)
    for language, paying, fate, other_sum in product(LANGUAGES, FOLLOWING, ClaimOutcome, (True, False))
]
RETURNS += [
    return_page(order(language), ClaimOutcome.NOT_TAKEN, outcome=outcome)
    for language, outcome in product(LANGUAGES, ("no_funds", "unfinished"))
]
OTHERS = [
    shown("pay/unknown.html"),
    shown("pay/busy.html"),
    shown("pay/damaged.html"),
    shown("pay/seal.html", sealed=SEALED, issued_at="23/11/2026 12:00"),
    shown("pay/seal.html", sealed=None, issued_at=""),
    *[
        shown("pay/revoked.html", number="RC-1", case_reference="RN-1", since="23/11/2026 12:00", was_refunded=refunded)
        for refunded in (True, False)
    ],
    shown("pay/unplaced.html"),
]
PAGES = [*ORDERS, *RETURNS, *OTHERS]


class Open(HTMLParser):
    """What is opened and not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.stack: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), attrs
        if tag not in {"meta", "br", "link", "img", "input"}:
            self.stack.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.stack.pop() == tag


def test_every_page_is_among_those_rendered_here() -> None:
    found = {path.relative_to(TEMPLATES).as_posix() for path in (TEMPLATES / "pay").iterdir()}
    pages = ("order", "return", "seal", "unknown", "busy", "damaged", "revoked", "unplaced")
    assert found == PARTS | {f"pay/{each}.html" for each in pages}


def test_a_missing_word_is_an_error_and_what_is_shown_is_escaped() -> None:
    assert pages._ENVIRONMENT.undefined is StrictUndefined
    with pytest.raises(UndefinedError):
        shown("pay/order.html", order=order("ar"))
    page = pay_page(order("en", label="<script>alert(1)</script>"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("page", PAGES, ids=range(len(PAGES)))
def test_a_page_is_whole_and_speaks_both_languages(page: str) -> None:
    parser = Open()
    parser.feed(page)
    assert parser.stack == []
    body = page[page.index("<main>") :]
    assert re.search(r"[\u0621-\u064a]{3}", body)
    assert re.search(r"[A-Za-z]{3,} [a-z]{2,}", re.sub(r"<[^>]+>", "", body))
    assert "{{" not in page
    assert "None" not in body
    assert not re.search(r"[\u0660-\u0669\u06f0-\u06f9]", page), "digits are western"
    assert not re.search(r"(?:src|href)=\"?https?:", page), "nothing is loaded from elsewhere"


@pytest.mark.parametrize(("language", "direction"), [("ar", "rtl"), ("en", "ltr")])
def test_a_page_is_set_in_the_language_of_the_case(language: str, direction: str) -> None:
    page = pay_page(order(language))
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert ("KD 80.000" in page) == (language == "en")
    assert ("80.000 د.ك." in page) == (language == "ar")


@pytest.mark.parametrize("paying", Paying)
def test_only_what_is_to_be_paid_has_a_button(paying: Paying) -> None:
    has_button = paying in {Paying.OPEN, Paying.AT_THE_BANK}
    assert ("<button" in pay_page(order("en", paying))) == has_button


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_several_receipts_each_says_whose_it_is(language: str) -> None:
    several = order(language)
    page = return_page(several, ClaimOutcome.PAID)
    [way] = re.findall(r'(?s)RN-3333-3333.*?href="/receipts/[0-9a-f-]+\.pdf".*?60\.000', page)
    assert "RC-2026-000001" in way
    assert "RN-2222-2222" in page
    assert "20.000" in page
    alone = replace(several, cases=several.cases[1:])
    assert return_page(alone, ClaimOutcome.PAID).count("RN-3333-3333") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_speaks_both_languages(language: str) -> None:
    pay, on = pay_page(order(language)), pay_page(order(language, Paying.AT_THE_BANK))
    again = return_page(order(language), ClaimOutcome.NOT_TAKEN)
    unfinished = return_page(order(language), ClaimOutcome.NOT_KNOWN_YET, outcome="unfinished")
    for page, words in (
        (pay, ("Pay with KNET", "الدفع عبر كي نت")),
        (on, ("go on to the KNET page", "المتابعة إلى صفحة كي نت")),
        (again, ("Try again", "المحاولة مرة أخرى")),
        (unfinished, ("Back to the pay page", "العودة إلى صفحة الدفع")),
    ):
        [button] = re.findall(r'(?s)<(?:button|a class="button")[^>]*>(.*?)</(?:button|a)>', page)
        assert all(each in button for each in words)

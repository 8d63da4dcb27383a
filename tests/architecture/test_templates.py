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
from models.payments.attempt import AttemptState
from models.payments.order import OrderStatus
from tests.checkout import CHECKOUT
from web import pages
from web.pay import CaseView, FeeView, OrderView, _outcome

TEMPLATES = CHECKOUT / "templates"
PARTS = {"pay/base.html", "pay/words.html"}
LANGUAGES = ("ar", "en")
NOTICES = (None, "verifying", "paused", "unreachable")
SEALED = SealPayload(
    issued_at=datetime(2026, 11, 23, 9, 0, tzinfo=UTC),
    receipt_number="2026-000042",
    case_reference="RN-2222-2222",
    gateway_reference="632900000001",
    amount=Money(120_500),
    currency="KWD",
    digest=bytes(16),
)


def order(language: str, status: OrderStatus = OrderStatus.OPEN, label: str = "Residency & fees") -> OrderView:
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
        status=status,
        pay_by="30/11/2026 12:00",
        page_until="23/11/2026 12:45" if status is OrderStatus.IN_PROGRESS else None,
        is_verified=False,
        language=language,
        amount_fils=80_000,
        returned_fils=0,
        cases=cases,
    )


def shown(template: str, **view: Any) -> str:
    return bytes(pages.page(template, **view).body).decode()


ORDERS = [
    shown("pay/order.html", order=order(language, status), payable=payable, notice=notice, key=UUID(int=7))
    for language, status, payable, notice in product(LANGUAGES, OrderStatus, (True, False), NOTICES)
]
RETURNS = [
    shown("pay/return.html", order=order(language), outcome=_outcome(state))
    for language, state in product(LANGUAGES, AttemptState)
]
OTHERS = [
    shown("pay/unknown.html"),
    shown("pay/busy.html"),
    shown("pay/damaged.html"),
    shown("pay/seal.html", sealed=SEALED, issued_at="23/11/2026 12:00", revoked=False),
    shown("pay/seal.html", sealed=SEALED, issued_at="23/11/2026 12:00", revoked=True),
    shown("pay/seal.html", sealed=None, issued_at="", revoked=False),
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
    pages = ("order", "return", "seal", "unknown", "busy", "damaged")
    assert found == PARTS | {f"pay/{each}.html" for each in pages}


def test_a_missing_word_is_an_error_and_what_is_shown_is_escaped() -> None:
    assert pages._ENVIRONMENT.undefined is StrictUndefined
    with pytest.raises(UndefinedError):
        shown("pay/order.html", order=order("ar"))
    page = shown(
        "pay/order.html",
        order=order("en", label="<script>alert(1)</script>"),
        payable=True,
        notice=None,
        key=UUID(int=7),
    )
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
    page = shown("pay/order.html", order=order(language), payable=True, notice=None, key=UUID(int=7))
    assert f'<html lang="{language}" dir="{direction}">' in page
    assert ("KD 80.000" in page) == (language == "en")
    assert ("80.000 د.ك." in page) == (language == "ar")


@pytest.mark.parametrize("status", OrderStatus)
def test_only_what_is_to_be_paid_has_a_button(status: OrderStatus) -> None:
    assert 'id="pay"' in shown("pay/order.html", order=order("en", status), payable=True, notice=None, key=UUID(int=7))
    page = shown("pay/order.html", order=order("en", status), payable=False, notice=None, key=UUID(int=7))
    assert "<button" not in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_several_receipts_each_says_whose_it_is(language: str) -> None:
    several = order(language)
    page = shown("pay/return.html", order=several, outcome="captured")
    [way] = re.findall(r'(?s)RN-3333-3333.*?href="/receipts/[0-9a-f-]+\.pdf".*?60\.000', page)
    assert "RC-2026-000001" in way
    assert "RN-2222-2222" in page
    assert "20.000" in page
    alone = replace(several, cases=several.cases[1:])
    assert shown("pay/return.html", order=alone, outcome="captured").count("RN-3333-3333") == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_button_speaks_both_languages(language: str) -> None:
    pay = shown("pay/order.html", order=order(language), payable=True, notice=None, key=UUID(int=7))
    again, unfinished = (
        shown("pay/return.html", order=order(language), outcome=each) for each in ("declined", "unfinished")
    )
    for page, words in (
        (pay, ("Pay with KNET", "الدفع عبر كي نت")),
        (again, ("Try again", "المحاولة مرة أخرى")),
        (unfinished, ("Back to the pay page", "العودة إلى صفحة الدفع")),
    ):
        [button] = re.findall(r'(?s)<(?:button|a class="button")[^>]*>(.*?)</(?:button|a)>', page)
        assert all(each in button for each in words)

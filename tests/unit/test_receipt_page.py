"""The receipt's page as HTML: both languages, escaped, nothing missing, nothing unmasked."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from infra.receipts import _words, to_html
from models.money import Money
from models.receipt_view import ReceiptView, Words
from tests.receipt_samples import HEALTH, INTERIOR, make_receipt, of_a_company


def test_the_total_is_the_sum_of_what_each_body_is_owed() -> None:
    view = make_receipt(persons=3, years=2, late=True)
    assert [group.subtotal for group in view.payees] == [Money(127_500), Money(600_000)]
    assert view.total == Money(727_500)
    assert view.total_words == Words(
        ar="سبعمائة وسبعة وعشرون ديناراً وخمسمائة فلس فقط لا غير",
        en="Seven hundred and twenty-seven Kuwaiti dinars and five hundred fils only",
    )


def test_each_legal_basis_is_printed_once_and_numbered() -> None:
    view = make_receipt(persons=4, late=True)
    assert [basis.rule for basis in view.bases] == [
        "residency.article_22.spouse_child",
        "fine.late_renewal",
        "health_insurance.standard",
    ]
    html = to_html(view)
    assert html.count("fine.late_renewal") == 1
    assert html.count("[2]") == 1 + 4


@pytest.mark.parametrize("text", ["KD 120.000", "120.000 د.ك.", INTERIOR.ar, INTERIOR.en, HEALTH.ar, HEALTH.en])
def test_money_and_bodies_appear_in_both_languages(text: str) -> None:
    assert text in to_html(make_receipt())


def test_times_are_kuwaits_and_dates_are_day_month_year() -> None:
    html = to_html(make_receipt())
    assert "23/11/2026 14:05" in html
    assert "23/11/2026 14:04" in html
    assert "01/12/2026 – 30/11/2027" in html


def test_it_says_in_both_languages_that_it_is_no_ministrys_document() -> None:
    html = to_html(make_receipt())
    assert "Not an official document of any ministry" in html
    assert "ليس وثيقة رسمية صادرة عن أي وزارة" in html


@given(name=st.text(max_size=200))
def test_any_name_is_text_never_markup(name: str) -> None:
    view = make_receipt()
    person = replace(view.persons[0], name_ar=name, name_latin=name)
    plain = to_html(replace(view, persons=(replace(person, name_ar="", name_latin=""),)))
    html = to_html(replace(view, persons=(person,)))
    assert html.count("<") == plain.count("<")
    assert html.count('"') == plain.count('"')


def test_a_word_that_the_template_misses_is_an_error_not_a_blank() -> None:
    with pytest.raises(UndefinedError):
        _words().from_string("{{ view.recipt_number }}").render(view=make_receipt())


def test_no_line_of_the_page_shows_a_civil_number_in_full() -> None:
    assert not re.search(r"\b[23]\d{11}\b", to_html(_without_bank_numbers(make_receipt(persons=10))))


def _without_bank_numbers(view: ReceiptView) -> ReceiptView:
    return replace(view, payment=replace(view.payment, payment_id="", transaction_id="", reference=""))


def test_one_of_many_cases_of_a_payment_says_so() -> None:
    page = to_html(of_a_company(make_receipt()))
    assert "840.000" in page
    assert "18-1000" in page
    assert "840.000" not in to_html(make_receipt())

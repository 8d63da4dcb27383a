"""What the receipt prints: both languages, nothing missing, nothing unmasked."""

import json
import re
from dataclasses import replace

import pytest

from infra.receipts.words import to_words
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
    words = to_words(view)
    assert [basis["rule"] for basis in words["bases"]] == [
        "residency.article_22.spouse_child",
        "fine.late_renewal",
        "health_insurance.standard",
    ]
    assert [line["basis"] for line in words["payees"][0]["lines"]] == ["[1]"] * 4 + ["[2]"] * 4


@pytest.mark.parametrize("text", ["KD 120.000", "120.000 د.ك.", INTERIOR.ar, INTERIOR.en, HEALTH.ar, HEALTH.en])
def test_money_and_bodies_appear_in_both_languages(text: str) -> None:
    assert text in printed(make_receipt())


def test_times_are_kuwaits_and_dates_are_day_month_year() -> None:
    words = to_words(make_receipt())
    assert words["issued_at"] == "23/11/2026 14:05"
    assert words["payment"][-1] == "23/11/2026 14:04"
    assert words["persons"][0]["period"] == "01/12/2026 – 30/11/2027"


@pytest.mark.parametrize(
    ("registered", "prints"),
    [
        ("سليمان <b>#داود</b>", "سليمان <b>#داود</b>"),
        ("مريم\u200f يوسف\n", "مريم يوسف "),
        ("\ufee3\ufea4\ufee4\ufeaa", "محمد"),
        ("ISMA\u0308IL \u4e2d", "ISMÄIL ?"),
        ("", ""),
    ],
)
def test_a_letter_that_the_fonts_lack_stops_no_receipt(registered: str, prints: str) -> None:
    view = make_receipt()
    person = replace(view.persons[0], name_ar=registered, name_latin=registered)
    [words] = to_words(replace(view, persons=(person,)))["persons"]
    assert (words["name_ar"], words["name_latin"]) == (prints, prints)


def test_no_line_of_the_page_shows_a_civil_number_in_full() -> None:
    assert not re.search(r"\b[23]\d{11}\b", printed(_without_bank_numbers(make_receipt(persons=10))))


def _without_bank_numbers(view: ReceiptView) -> ReceiptView:
    return replace(view, payment=replace(view.payment, payment_id="", transaction_id="", reference=""))


def test_one_of_many_cases_of_a_payment_says_so() -> None:
    assert to_words(of_a_company(make_receipt()))["together"] == "18-1000 – KD 840.000 – 4"
    assert to_words(make_receipt())["together"] is None


def printed(view: ReceiptView) -> str:
    return json.dumps(to_words(view), ensure_ascii=False)

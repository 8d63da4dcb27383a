"""The rule book as shipped: complete, sourced, quick to read, known by its content."""

import re
from datetime import date
from pathlib import Path
from shutil import copytree
from time import process_time

import pytest

from models.rules.book import load_rule_book, rule_book
from models.rules.dated import Dated
from models.rules.reading import DATA
from models.rules.rule import FeeKind, Fine, Labelled
from models.rules.sources import source_ids
from tests.fee_cases import AFTER, BEFORE, amounts, case, person

RULES = [rule for _, rule in rule_book().fees.entries()]


def test_version_is_the_newest_source_and_a_digest() -> None:
    assert re.fullmatch(r"20\d{2}-\d{2}\+[0-9a-f]{12}", rule_book().version)


def test_version_changes_with_any_file_and_only_then(tmp_path: Path) -> None:
    folder = copytree(DATA, tmp_path / "data")
    assert load_rule_book(folder).version == rule_book().version
    with (folder / "documents.yaml").open("a") as file:
        file.write("# a remark\n")
    assert load_rule_book(folder).version != rule_book().version


def test_rule_leads_to_the_law_it_carries_out() -> None:
    book = rule_book()
    assert book.instrument_of("residency_fee.art18.2025") == book.instruments["res_2249_2025"]
    assert book.instrument_of("civil_id.renewal") is None


def test_rule_book_is_read_once() -> None:
    assert rule_book() is rule_book()


def test_reading_takes_less_than_150_milliseconds() -> None:
    took = []
    for _ in range(5):
        start = process_time()
        load_rule_book(DATA)
        took.append(process_time() - start)
    assert min(took) < 0.15


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_names_sources_that_exist(rule: Dated) -> None:
    assert all(source in rule_book().sources for source in source_ids(rule.source))


@pytest.mark.parametrize("rule", [rule for rule in RULES if isinstance(rule, Labelled)], ids=lambda rule: rule.id)
def test_every_fee_has_a_label_in_both_languages(rule: Labelled) -> None:
    assert re.search(r"[A-Za-z]", rule.label_en)
    assert re.search(r"[\u0600-\u06ff]", rule.label_ar)
    assert not re.search(r"[A-Za-z\u0660-\u0669]", rule.label_ar)


@pytest.mark.parametrize("fine", [rule for rule in RULES if isinstance(rule, Fine)], ids=lambda rule: rule.id)
def test_no_fine_grows_slower_than_it_began(fine: Fine) -> None:
    assert fine.first_rate <= fine.after_rate <= fine.cap


@pytest.mark.parametrize("kind", FeeKind)
@pytest.mark.parametrize("day", [BEFORE, AFTER])
def test_every_kind_of_fee_has_a_payee_with_a_name_in_both_languages(kind: FeeKind, day: str) -> None:
    fees = rule_book().fees
    payee = fees.payees[fees.collection(kind, on=date.fromisoformat(day)).payee]
    assert payee.name_en
    assert payee.name_ar


def test_one_payment_collects_fee_insurance_and_fine_only() -> None:
    assert {row.kind for row in rule_book().fees.collections if row.collected} == {
        FeeKind.RESIDENCY_FEE,
        FeeKind.HEALTH_INSURANCE,
        FeeKind.FINE,
    }


@pytest.mark.parametrize(("on", "ending"), [(BEFORE, ".until_2025"), (AFTER, ".2025")])
@pytest.mark.parametrize("article", [17, 18, 19, 21, 23, 24, 25, 26, 27, 28, 30, 31])
def test_each_side_of_the_cut_over_uses_its_own_price_list(article: int, on: str, ending: str) -> None:
    assert all(rule.endswith(ending) for rule in amounts(case(person(article), on=on)))


def test_what_sources_leave_open_is_marked_for_confirmation() -> None:
    marked = {rule.id for rule in RULES if rule.needs_confirmation}
    assert {
        "residency_fee.art26.2025",
        "residency_fee.art28.2025",
        "residency_fee.art20.kuwaiti_family.over_quota.2025",
        "residency_fee.art20.expatriate_family.worker_2.2025",
        "residency_fee.art20.expatriate_family.worker_3.2025",
        "residency_fee.art20.expatriate_family.worker_4.2025",
        "duration.within_work_permit",
        "duration.max_years.over_60_without_degree",
        "price_date.day_of_quote",
    } <= marked

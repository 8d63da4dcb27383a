"""Fines for lateness, by days, on both sides of the law that set them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.fees.lines import Quote
from models.rules.book import rule_book
from models.rules.rule import FeeKind, Fine
from tests.fee_cases import AFTER, LAW_AFTER, LAW_BEFORE, case, days_before, person, quote

ORDINARY = {1: "2.000", 30: "60.000", 31: "64.000", 100: "340.000", 314: "1196.000", 315: "1200.000", 400: "1200.000"}
DOMESTIC = {1: "2.000", 30: "60.000", 299: "598.000", 300: "600.000", 301: "600.000"}
NEWBORN = {1: "2.000", 30: "60.000", 31: "64.000", 514: "1996.000", 515: "2000.000", 600: "2000.000"}
OLD = {1: "2.000", 31: "62.000", 300: "600.000", 301: "600.000"}


def fines(priced: Quote) -> list[tuple[str, str, str]]:
    return [(line.rule, str(line.amount), line.payee) for line in priced.lines if line.kind is FeeKind.FINE]


@pytest.mark.parametrize("on", [LAW_AFTER, AFTER, "2026-06-01"])
@pytest.mark.parametrize(("days", "due"), ORDINARY.items())
@pytest.mark.parametrize("article", [17, 18, 19, 24, 26])
def test_expired_residency_is_fined_two_then_four_dinars_a_day(article: int, days: int, due: str, on: str) -> None:
    late = person(article, permit_expires=days_before(on, days))
    assert fines(quote(case(late, on=on))) == [("fine.residency_expired.2025", due, "MOI")]


@pytest.mark.parametrize(("days", "due"), DOMESTIC.items())
def test_domestic_worker_is_fined_two_dinars_a_day_up_to_six_hundred(days: int, due: str) -> None:
    late = person(20, worker_no=1, permit_expires=days_before(AFTER, days))
    assert fines(quote(case(late, sponsor={"kuwaiti": True}))) == [("fine.domestic_worker_expired.2025", due, "MOI")]


@pytest.mark.parametrize(("days", "due"), NEWBORN.items())
def test_newborn_is_fined_from_the_end_of_the_fourth_month(days: int, due: str) -> None:
    on = days_before("2026-05-10", -days)
    child = person(22, relation="child", newborn=True, born="2026-01-10")
    assert fines(quote(case(child, on=on, sponsor={"article": 18}))) == [("fine.newborn_not_notified.2025", due, "MOI")]


def test_newborn_is_not_fined_on_the_last_day_of_the_fourth_month() -> None:
    child = person(22, relation="child", newborn=True, born="2026-01-10")
    assert fines(quote(case(child, on="2026-05-10", sponsor={"article": 18}))) == []


@pytest.mark.parametrize(("days", "due"), OLD.items())
@pytest.mark.parametrize("article", [18, 24])
def test_before_the_law_every_day_cost_two_dinars_up_to_six_hundred(article: int, days: int, due: str) -> None:
    late = person(article, permit_expires=days_before(LAW_BEFORE, days))
    assert fines(quote(case(late, on=LAW_BEFORE))) == [("fine.residency_expired.until_2025", due, "MOI")]


@pytest.mark.parametrize("days", [0, -1, -59])
def test_permit_that_has_not_ended_is_not_fined(days: int) -> None:
    assert fines(quote(case(person(18, permit_expires=days_before(AFTER, days))))) == []


def test_every_late_person_has_one_line_of_their_own() -> None:
    late = [person(18, permit_expires=days_before(AFTER, days)) for days in (1, 0, 31)]
    priced = quote(case(*late))
    assert [(line.person, str(line.amount)) for line in priced.lines if line.kind is FeeKind.FINE] == [
        ("p1", "2.000"),
        ("p3", "64.000"),
    ]


def test_fine_shows_its_arithmetic_and_its_cap() -> None:
    (line,) = [
        line
        for line in quote(case(person(18, permit_expires=days_before(AFTER, 400)))).lines
        if line.kind is FeeKind.FINE
    ]
    assert line.explain_en == "days late: 400; KD 2.000 a day × 30 + KD 4.000 a day × 370, capped at KD 1200.000"
    assert "بحد أقصى 1200.000 د.ك." in line.explain_ar


@pytest.mark.parametrize("fine", rule_book().fees.fines, ids=lambda fine: fine.id)
@given(days=st.integers(min_value=-10, max_value=5000))
def test_fine_never_falls_with_the_days_and_never_passes_its_cap(fine: Fine, days: int) -> None:
    assert fine.due(days) <= fine.due(days + 1) <= fine.cap
    assert fine.due(min(days, 0)).fils == 0

"""How long a permit may be renewed for, and when: each limit just kept and just broken."""

from typing import Any

import pytest

from models.fees.days import years_later
from tests.fee_cases import AFTER, BEFORE, LAW_BEFORE, case, person, quote, reasons

EXPIRES = "2026-01-15"
ORDINARY = "duration.max_years.ordinary"


@pytest.mark.parametrize(
    ("article", "most", "rule"),
    [
        (18, 5, ORDINARY),
        (24, 5, ORDINARY),
        (25, 10, "duration.max_years.property_owner"),
        (27, 10, "duration.max_years.child_of_kuwaiti_woman"),
        (21, 15, "duration.max_years.foreign_investor"),
    ],
)
def test_article_sets_the_longest_term(article: int, most: int, rule: str) -> None:
    assert reasons(case(person(article, years=most))) == []
    assert reasons(case(person(article, years=most + 1))) == [rule]


def test_before_the_law_no_term_was_longer_than_five_years() -> None:
    assert reasons(case(person(25, years=6), on=LAW_BEFORE)) == ["duration.max_years.until_2025"]


def test_less_than_a_year_is_refused() -> None:
    assert reasons(case(person(18, years=0))) == ["duration.min_years"]


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        ({"born": "1965-12-23", "degree": False}, ["duration.max_years.over_60_without_degree"]),
        ({"born": "1965-12-24", "degree": False}, []),
        ({"born": "1965-12-23", "degree": True}, []),
        ({"degree": False}, []),
    ],
)
def test_worker_of_60_without_a_degree_is_renewed_for_one_year_only(facts: dict[str, Any], refused: list[str]) -> None:
    assert reasons(case(person(18, years=1, **facts))) == []
    assert reasons(case(person(18, years=2, **facts))) == refused


@pytest.mark.parametrize(
    ("field", "article", "rule"),
    [
        ("insured_until", 18, "duration.within_health_insurance"),
        ("work_permit_expires", 18, "duration.within_work_permit"),
        ("sponsor_permit_expires", 22, "duration.within_sponsor_permit"),
    ],
)
def test_permit_ends_no_later_than_what_it_rests_on(field: str, article: int, rule: str) -> None:
    who = person(article, years=2, permit_expires=EXPIRES, relation="spouse")
    enough = case(who | {field: "2028-01-15"}, sponsor={"article": 18})
    short = case(who | {field: "2028-01-14"}, sponsor={"article": 18})
    assert reasons(enough) == []
    assert reasons(short) == [rule]


def test_insurance_that_reaches_far_enough_is_not_bought_again() -> None:
    priced = quote(case(person(18, permit_expires=EXPIRES, insured_until="2027-01-15")))
    assert [line.rule for line in priced.lines] == ["residency_fee.art18.2025"]


def test_exempt_person_is_not_held_to_an_insurance_that_they_do_not_need() -> None:
    worker = person(20, worker_no=1, permit_expires=EXPIRES, insured_until=EXPIRES)
    assert reasons(case(worker, sponsor={"kuwaiti": True})) == []


@pytest.mark.parametrize(
    ("on", "passport", "refused"),
    [
        (BEFORE, "2027-01-15", []),
        (BEFORE, "2027-01-14", ["duration.within_passport"]),
        (BEFORE, "2026-12-21", ["duration.within_passport", "duration.passport_valid_at_application"]),
        (AFTER, "2026-01-16", []),
    ],
)
def test_passport_bounds_the_term_until_the_cut_over_only(on: str, passport: str, refused: list[str]) -> None:
    assert reasons(case(person(18, permit_expires=EXPIRES, passport_expires=passport), on=on)) == refused


@pytest.mark.parametrize(
    ("on", "refused"),
    [("2026-01-14", ["duration.renewal_window"]), ("2026-01-15", []), ("2026-03-15", [])],
)
def test_renewal_opens_two_months_before_the_end(on: str, refused: list[str]) -> None:
    assert reasons(case(person(18, permit_expires="2026-03-15"), on=on)) == refused


def test_every_reason_is_named_at_once_and_no_line_remains() -> None:
    priced = quote(case(person(18, years=6, permit_expires="2026-05-01", insured_until="2026-06-01")))
    assert [refusal.rule for refusal in priced.refused] == [
        ORDINARY,
        "duration.renewal_window",
        "duration.within_health_insurance",
    ]
    assert priced.lines == priced.shown_only == ()
    assert priced.periods == {}
    assert priced.total.fils == 0


def test_reason_gives_the_figures_in_both_languages() -> None:
    (refusal,) = quote(case(person(18, permit_expires=EXPIRES, insured_until="2026-06-01"))).refused
    for text in (refusal.reason_en, refusal.reason_ar):
        assert "2026-06-01" in text
        assert "2027-01-15" in text


@pytest.mark.parametrize(
    ("expires", "years", "end"),
    [
        ("2026-01-15", 1, "2027-01-15"),
        ("2028-02-29", 1, "2029-02-28"),
        ("2028-02-29", 4, "2032-02-29"),
        ("2026-02-28", 2, "2028-02-28"),
    ],
)
def test_new_permit_ends_on_the_same_day_years_later(expires: str, years: int, end: str) -> None:
    priced = quote(case(person(18, years=years, permit_expires=expires), on=expires))
    start, last = priced.periods["p1"]
    assert (start.isoformat(), last.isoformat()) == (expires, end)
    assert years_later(start, years) == last


def test_without_a_permit_the_new_one_runs_from_the_day_of_the_price() -> None:
    start, end = quote(case(person(18))).periods["p1"]
    assert (start.isoformat(), end.isoformat()) == (AFTER, "2026-12-23")

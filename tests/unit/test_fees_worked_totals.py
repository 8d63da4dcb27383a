"""Totals worked out by hand, in both price lists; KD, residency fee plus health insurance."""

from typing import Any

import pytest

from models.money import Money
from tests.fee_cases import AFTER, BEFORE, amounts, case, person, quote

ORGANISATION, KUWAITI = {"organisation": True}, {"kuwaiti": True}
CHILD = {"relation": "child", "born": "2015-06-01"}


def sponsor(article: int) -> dict[str, Any]:
    return {"article": article}


WORKED = [
    pytest.param(person(18), ORGANISATION, ("60.000", "120.000"), id="private-sector worker"),
    pytest.param(person(17), ORGANISATION, ("60.000", "120.000"), id="government worker"),
    pytest.param(person(22, relation="spouse"), sponsor(18), ("50.000", "120.000"), id="wife of article 18"),
    pytest.param(person(22, **CHILD), sponsor(18), ("40.000", "120.000"), id="child of article 18"),
    pytest.param(
        person(22, relation="child", born="2005-06-01"),
        sponsor(18),
        ("60.000", "120.000"),
        id="grown child of article 18",
    ),
    pytest.param(person(22, relation="other"), sponsor(18), ("250.000", "400.000"), id="other dependant of article 18"),
    pytest.param(person(22, relation="parent"), sponsor(18), ("250.000", "400.000"), id="parent under article 22"),
    pytest.param(person(29), sponsor(18), ("250.000", "400.000"), id="parent under article 29"),
    pytest.param(person(22, relation="other"), sponsor(24), ("60.000", "400.000"), id="other dependant of article 24"),
    pytest.param(person(22, relation="spouse"), sponsor(24), ("50.000", "200.000"), id="wife of article 24"),
    pytest.param(person(22, relation="spouse"), sponsor(19), ("50.000", "140.000"), id="wife of article 19"),
    pytest.param(person(24), None, ("60.000", "600.000"), id="self-sponsored"),
    pytest.param(person(19), None, ("60.000", "150.000"), id="foreign partner"),
    pytest.param(person(21), None, ("60.000", "150.000"), id="foreign investor"),
    pytest.param(person(25), None, ("60.000", "150.000"), id="property owner"),
    pytest.param(person(20, worker_no=1), KUWAITI, ("15.000", "10.000"), id="first helper of a Kuwaiti family"),
    pytest.param(person(20, worker_no=3), KUWAITI, ("15.000", "10.000"), id="third helper of a Kuwaiti family"),
    pytest.param(person(20, worker_no=4), KUWAITI, ("15.000", "20.000"), id="fourth helper of a Kuwaiti family"),
    pytest.param(person(26), None, ("15.000", "10.000"), id="spouse of a Kuwaiti"),
    pytest.param(person(27), None, ("5.000", "0.000"), id="fee-free class"),
    pytest.param(person(28), None, ("15.000", "10.000"), id="widow of a Kuwaiti"),
    pytest.param(person(23), None, ("60.000", "120.000"), id="student"),
    pytest.param(person(30), None, ("60.000", "120.000"), id="article 30"),
    pytest.param(person(31), None, ("60.000", "120.000"), id="clergy"),
    pytest.param(person(18, farm=True), ORGANISATION, ("20.000", "30.000"), id="farm worker"),
]


@pytest.mark.parametrize("years", [1, 2, 5])
@pytest.mark.parametrize(("on", "column"), [(BEFORE, 0), (AFTER, 1)])
@pytest.mark.parametrize(("who", "whose", "totals"), WORKED)
def test_total_in_both_price_lists_by_years(
    who: dict[str, Any], whose: dict[str, Any] | None, totals: tuple[str, str], *, on: str, column: int, years: int
) -> None:
    assert quote(case(who | {"years": years}, on=on, sponsor=whose)).total == Money.parse(totals[column]) * years


@pytest.mark.parametrize(
    ("articles", "yearly"),
    [((17, 18, 23), "20.000"), ((19, 21, 25, 31), "40.000"), ((24,), "100.000")],
)
@pytest.mark.parametrize("relation", ["spouse", "child"])
def test_family_pays_by_the_article_of_the_sponsor(articles: tuple[int, ...], yearly: str, relation: str) -> None:
    for article in articles:
        fees = amounts(case(person(22, relation=relation, insured_until="2030-01-01"), sponsor=sponsor(article)))
        assert list(fees.values()) == [yearly]


@pytest.mark.parametrize("article", [17, 18, 19, 21, 23, 24, 25, 31])
def test_other_dependants_pay_the_same_under_every_sponsor(article: int) -> None:
    fees = amounts(case(person(22, relation="other", insured_until="2030-01-01"), sponsor=sponsor(article)))
    assert fees == {"residency_fee.art22.other.2025": "300.000"}


@pytest.mark.parametrize(("worker_no", "yearly"), [(1, "50.000"), (2, "50.000"), (3, "400.000"), (4, "500.000")])
def test_expatriate_family_pays_by_the_ladder(worker_no: int, yearly: str) -> None:
    fees = amounts(case(person(20, worker_no=worker_no), sponsor=sponsor(18)))
    assert fees == {
        f"residency_fee.art20.expatriate_family.worker_{worker_no}.2025": yearly,
        "health_insurance.domestic_worker.expatriate_family.2025": "100.000",
    }


@pytest.mark.parametrize(
    ("on", "whose", "facts", "rule"),
    [
        (AFTER, sponsor(18), {"worker_no": 5}, "residency_fee.art20.expatriate_family.worker_5_up.2025"),
        (BEFORE, sponsor(18), {"worker_no": 1}, "residency_fee.art20.expatriate_family.until_2025"),
        (
            BEFORE,
            KUWAITI,
            {"worker_no": 2, "within_quota": False},
            "residency_fee.art20.kuwaiti_family.small_quota.until_2025",
        ),
    ],
)
def test_price_that_nobody_published_is_refused_not_guessed(
    on: str, whose: dict[str, Any] | None, facts: dict[str, Any], rule: str
) -> None:
    priced = quote(case(person(20, **facts), on=on, sponsor=whose))
    assert [refusal.rule for refusal in priced.refused] == [rule]
    assert priced.lines == ()


@pytest.mark.parametrize(("worker_no", "yearly"), [(4, "10.000"), (5, "50.000"), (6, "100.000"), (7, "150.000")])
def test_old_ladder_of_a_kuwaiti_family_rises_by_steps(worker_no: int, yearly: str) -> None:
    fees = amounts(case(person(20, worker_no=worker_no, insured_until="2030-01-01", passport_expires="2030-01-01"),
                        on=BEFORE, sponsor=KUWAITI))  # fmt: skip
    assert list(fees.values()) == [yearly]


def test_worker_above_the_quota_of_a_kuwaiti_family_pays_fifty() -> None:
    fees = amounts(case(person(20, worker_no=2, within_quota=False), sponsor=KUWAITI))
    assert fees == {
        "residency_fee.art20.kuwaiti_family.over_quota.2025": "50.000",
        "exemption.health_insurance.kuwaiti_family_first_three_workers.2025": "0.000",
    }


def test_exemption_leaves_a_line_of_zero_that_names_it() -> None:
    fees = amounts(case(person(26)))
    assert fees == {
        "residency_fee.art26.2025": "10.000",
        "exemption.health_insurance.relative_of_kuwaiti.2025": "0.000",
    }


def test_newborn_needs_no_insurance_in_the_first_four_months() -> None:
    newborn = person(22, relation="child", newborn=True, born="2026-01-10")
    exempt = amounts(case(newborn, on="2026-05-09", sponsor=sponsor(18)))
    insured = amounts(case(newborn, on="2026-05-10", sponsor=sponsor(18)))
    assert exempt["exemption.health_insurance.newborn.2025"] == "0.000"
    assert insured["health_insurance.dependant.2025"] == "100.000"


def test_child_pays_the_grown_rate_from_the_eighteenth_birthday() -> None:
    on, whose = "2025-06-01", sponsor(18)
    younger = amounts(case(person(22, relation="child", born="2007-06-02"), on=on, sponsor=whose))
    grown = amounts(case(person(22, relation="child", born="2007-06-01"), on=on, sponsor=whose))
    assert younger["health_insurance.child_under_18.until_2025"] == "30.000"
    assert grown["health_insurance.child_18_up.until_2025"] == "50.000"


def test_child_of_a_woman_naturalised_by_marriage_has_a_rate_of_its_own() -> None:
    child = person(22, relation="child_of_woman_naturalised_by_marriage", insured_until="2030-01-01")
    assert amounts(case(child, sponsor=KUWAITI)) == {"residency_fee.art22.child_of_naturalised_mother.2025": "20.000"}


def test_each_line_says_who_is_paid_by_which_rule_from_which_source_since_when() -> None:
    fee, insurance = quote(case(person(18), sponsor=ORGANISATION)).lines
    assert (fee.rule, fee.payee, fee.source) == ("residency_fee.art18.2025", "MOI", "S1,S2,S11")
    assert (insurance.payee, insurance.source) == ("MOH", "S22,S23,S24")
    assert str(fee.in_force_from) == AFTER
    assert fee.explain_en == "KD 20.000 a year × 1 year"
    assert fee.explain_ar == "20.000 د.ك. عن كل سنة، عدد السنوات: 1"


def test_costs_elsewhere_are_shown_and_not_collected() -> None:
    priced = quote(case(person(18, years=2), sponsor=ORGANISATION))
    assert {line.rule: str(line.amount) for line in priced.shown_only} == {
        "civil_id.renewal": "5.000",
        "work_permit.year": "20.000",
    }
    assert str(priced.total) == "240.000"


def test_worker_of_60_without_a_degree_is_shown_the_special_permit() -> None:
    priced = quote(case(person(18, born="1960-01-01", degree=False), sponsor=ORGANISATION))
    assert "over_60_permit.without_degree" in {line.rule for line in priced.shown_only}

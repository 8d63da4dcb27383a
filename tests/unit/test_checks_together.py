"""Several obstacles at once, and the edges of each: exemptions, ages, days, names, dates of the rules."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checks import Finding, civil_numbers_to_ask
from models.registry import Sex
from models.service import Language, Service
from tests.renewal_world import PERSON, RULES, SECOND, SPONSOR, TODAY, World

INDEPENDENT: dict[str, Callable[[World], World]] = {
    "passport_mismatch_civil": lambda world: world.registry("civil", passport_number="OLD1"),
    "nationality_mismatch": lambda world: world.registry("civil", nationality="PAK"),
    "latin_name_mismatch": lambda world: world.registry("residency", name_latin="SARA KHAN"),
    "court_judgment": lambda world: world.registry("residency", court_judgment=True),
    "outside_kuwait": lambda world: world.registry("residency", inside_kuwait=False),
    "absent_too_long": lambda world: world.registry("residency", days_absent=300),
    "biometrics_missing": lambda world: world.registry("residency", biometrics_done=False),
    "civil_address_missing": lambda world: world.registry("civil", address_registered=False),
    "state_debts_unpaid": lambda world: world.registry("residency", state_debts_fils=12_500),
    "traffic_fines_unpaid": lambda world: world.fined(PERSON, 20_000),
    "work_permit_invalid": lambda world: world.registry("work", permit_valid_until=date(2025, 12, 31)),
}


def test_two_blockers_at_once_are_both_named() -> None:
    world = World(Service.INDIVIDUAL).fined(PERSON, 45_000).registry("residency", biometrics_done=False)
    assert world.findings() == [
        Finding("biometrics_missing", "p1", {"min_age": 18}),
        Finding("traffic_fines_unpaid", "p1", {"amount": "45.000"}),
    ]


def test_findings_go_from_the_sponsor_through_the_persons_then_by_rule() -> None:
    world = World(Service.FAMILY, people=(PERSON, SECOND)).fined(SPONSOR, 5_000).fined(SECOND, 5_000)
    world.registry("residency", SECOND, cancelled=True).registry("civil", PERSON, address_registered=False)
    world.registry("work", SPONSOR, basic_salary_fils=450_000)
    assert world.blocked_by() == [
        (None, "sponsor_salary_below"),
        (None, "traffic_fines_unpaid"),
        ("p1", "civil_address_missing"),
        ("p2", "residency_cancelled"),
        ("p2", "traffic_fines_unpaid"),
    ]


@given(st.sets(st.sampled_from(sorted(INDEPENDENT))))
def test_no_obstacle_hides_another(chosen: set[str]) -> None:
    world = World(Service.INDIVIDUAL)
    for rule in chosen:
        INDEPENDENT[rule](world)
    assert world.blocked_by() == [("p1", rule) for rule in INDEPENDENT if rule in chosen]


def test_a_person_whom_no_registry_knows_is_told_so_by_each() -> None:
    world = World(Service.INDIVIDUAL).registry("civil").registry("residency").registry("work")
    expected = ["civil_record_missing", "residency_record_missing", "work_permit_missing"]
    assert [rule for _, rule in world.blocked_by()] == expected


@pytest.mark.parametrize(
    ("article", "days", "blocked"),
    [(18, 184, False), (18, 185, True), (21, 400, False), (25, 400, False), (27, 400, False), (24, 400, True)],
)
def test_six_months_abroad_end_a_residency_except_of_the_exempt(article: int, days: int, *, blocked: bool) -> None:
    world = World(Service.INDIVIDUAL, article=article).registry("residency", days_absent=days)
    assert world.blocked_by() == ([("p1", "absent_too_long")] if blocked else [])


def test_before_the_new_regulations_the_six_months_named_their_articles() -> None:
    absent = [World(Service.INDIVIDUAL, article=one).registry("residency", days_absent=300) for one in (18, 24)]
    assert [world.blocked_by(on=date(2025, 12, 22)) for world in absent] == [[], [("p1", "absent_too_long")]]
    assert all(world.blocked_by(on=date(2025, 12, 23)) for world in absent)


@pytest.mark.parametrize(
    ("days", "leave", "on", "blocked"),
    [
        (123, False, TODAY, False),
        (124, False, TODAY, True),
        (300, True, TODAY, False),
        (300, False, date(2025, 12, 22), False),
        (300, False, date(2025, 12, 23), True),
    ],
)
def test_a_domestic_worker_may_be_away_four_months_or_on_leave(
    days: int, on: date, *, leave: bool, blocked: bool
) -> None:
    world = World(Service.DOMESTIC_WORKER).registry("residency", days_absent=days, leave_requested=leave)
    assert world.blocked_by(on=on) == ([("p1", "domestic_worker_absent_too_long")] if blocked else [])


@pytest.mark.parametrize(("on", "asked"), [(date(2033, 9, 29), False), (date(2033, 9, 30), True)])
def test_biometrics_are_asked_from_the_eighteenth_birthday(on: date, *, asked: bool) -> None:
    world = World(Service.FAMILY, people=(SECOND,)).registry("residency", SECOND, biometrics_done=False)
    world.registry("residency", SPONSOR, permit_expires=on).passport(expires=on)
    assert world.blocked_by(on=on) == ([("p1", "biometrics_missing")] if asked else [])


def test_debts_to_the_state_block_since_september_2023() -> None:
    world = World(Service.INDIVIDUAL, article=24).registry("residency", state_debts_fils=1)
    assert world.blocked_by(on=date(2023, 9, 9)) == []
    assert world.blocked_by(on=date(2023, 9, 10)) == [("p1", "state_debts_unpaid")]


def test_a_kuwaiti_sponsor_needs_no_residency() -> None:
    world = World(Service.DOMESTIC_WORKER).registry("residency", SPONSOR)
    assert world.registry("residency", sponsor_kuwaiti=True).blocked_by() == []


def test_a_sponsor_without_a_work_permit_is_not_judged_by_its_salary() -> None:
    assert World(Service.FAMILY).registry("work", SPONSOR).blocked_by() == []


def test_the_last_day_of_a_paper_is_a_valid_day() -> None:
    world = World(Service.INDIVIDUAL).passport(expires=TODAY).registry("work", permit_valid_until=TODAY)
    assert world.blocked_by() == []
    assert len(world.blocked_by(on=TODAY + timedelta(days=1))) == 2


def test_missing_health_insurance_is_priced_not_an_obstacle() -> None:
    assert World(Service.INDIVIDUAL).answers.insurance == {}
    assert World(Service.INDIVIDUAL).findings() == []


def test_somebody_over_a_hundred_is_not_taken_for_a_newborn() -> None:
    world = World(Service.INDIVIDUAL, article=24).registry("civil", born=date(1925, 3, 1))
    assert world.passport(born=date(2025, 3, 1)).blocked_by() == []


def test_a_passport_that_leaves_the_sex_open_disagrees_with_nobody() -> None:
    assert World(Service.INDIVIDUAL).passport(sex=None).registry("civil", sex=Sex.MALE).blocked_by() == []


@pytest.mark.parametrize(
    ("registered", "surname", "given_names", "cut", "same"),
    [
        ("Sara Noor Khan", "KHAN", "SARA NOOR", False, True),
        ("KHAN SARA NOOR", "KHAN", "SARA NOOR", False, True),
        ("MARIA O'NEILL-SMITH", "ONEILL SMITH", "MARIA", False, True),
        ("SARA NOOR AL KHAN", "KHAN", "SARA NOOR", False, False),
        ("SARA KHAN KHAN", "KHAN", "SARA SARA", False, False),
        ("LAKSHMINARAYANA VENKATA", "VENKATA", "LAKSHMINA", True, True),
        ("LAKSHMINARAYANA RAO VENKATA", "VENKATA", "LAKSHMINA", True, True),
        ("NARAYANA VENKATA", "VENKATA", "LAKSHMINA", True, False),
        ("LAKSHMINARAYANA", "VENKATA", "LAKSHMINA", True, False),
        ("LAKSHMINARAYANA VENKATA", "VENKATA", "LAKSHMINA", False, False),
    ],
)
def test_names_agree_when_their_words_do(
    registered: str, surname: str, given_names: str, *, cut: bool, same: bool
) -> None:
    world = World(Service.INDIVIDUAL).registry("civil", name_latin=registered)
    world.registry("residency", name_latin=registered)
    world.passport(surname=surname, given_names=given_names, name_is_cut=cut)
    blocked = [("p1", "latin_name_mismatch_civil"), ("p1", "latin_name_mismatch")]
    assert world.blocked_by() == ([] if same else blocked)


@pytest.mark.parametrize(
    ("asked", "registered", "agree"),
    [
        ("parent", "other", True),
        ("child_of_woman_naturalised_by_marriage", "child", True),
        (None, "child", True),
        ("spouse", None, True),
        ("parent", "child", False),
    ],
)
def test_a_relation_may_be_more_exact_than_the_registry(
    asked: str | None, registered: str | None, *, agree: bool
) -> None:
    world = World(Service.FAMILY).person(relation=asked).registry("residency", relation=registered)
    assert world.blocked_by() == ([] if agree else [("p1", "relation_mismatch")])


def test_the_registries_are_asked_of_each_person_and_the_applicant_once() -> None:
    assert civil_numbers_to_ask(World(Service.INDIVIDUAL).application) == [PERSON]
    family = World(Service.FAMILY, people=(PERSON, SECOND)).application
    assert civil_numbers_to_ask(family) == [PERSON, SECOND, SPONSOR]


def test_the_words_say_the_amount_and_the_office_in_both_languages() -> None:
    [finding] = World(Service.INDIVIDUAL).fined(PERSON, 45_500).findings()
    blocker = RULES.blockers[finding.rule]
    assert blocker.words(finding.detail, language=Language.ENGLISH).reason == "Traffic fines are unpaid: KD 45.500."
    arabic = blocker.words(finding.detail, language=Language.ARABIC)
    assert arabic.reason == "توجد مخالفات مرورية غير مسدّدة بمبلغ 45.500 د.ك."
    assert arabic.office == "الإدارة العامة للمرور، وزارة الداخلية"

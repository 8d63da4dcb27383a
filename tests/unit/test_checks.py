"""Each obstacle by itself: one thing changes in a renewal that nothing blocks, and exactly its rule is named."""

from collections.abc import Callable
from datetime import date

import pytest

from models.checks.obstacles import OF_PERSON, OF_SPONSOR
from models.registry import Sex
from models.service import Language, Service
from tests.renewal_world import PERSON, RULES, SPONSOR, World

YESTERDAY = date(2026, 1, 14)


def own() -> World:
    return World(Service.INDIVIDUAL)


def family() -> World:
    return World(Service.FAMILY)


def helper() -> World:
    return World(Service.DOMESTIC_WORKER)


def many(count: int) -> World:
    return World(Service.FAMILY, people=tuple(f"29001010{serial:04d}" for serial in range(count)))


OF_THE_PERSON: list[tuple[str, Callable[[], World]]] = [
    ("service_does_not_cover_article", lambda: World(Service.INDIVIDUAL, article=22)),
    ("service_does_not_cover_relation", lambda: family().registry("residency", relation=None).person(relation=None)),
    ("applicant_is_not_the_resident", lambda: own().applies(applicant_civil_number=SPONSOR)),
    ("applicant_is_not_head_of_family", lambda: family().registry("residency", sponsor_civil_number="264123100107")),
    ("applicant_is_not_sponsor", lambda: helper().registry("residency", sponsor_civil_number=None)),
    ("organisation_is_not_sponsor", lambda: World(Service.COMPANY).applies(organisation_file="1234/57")),
    ("organisation_is_not_sponsor", lambda: World(Service.GOVERNMENT).registry("residency", sponsor_file=None)),
    ("civil_record_missing", lambda: own().registry("civil")),
    ("residency_record_missing", lambda: own().registry("residency")),
    ("passport_mismatch_civil", lambda: own().registry("civil", passport_number="OLD1")),
    ("passport_mismatch", lambda: own().registry("residency", passport_number="OLD1")),
    ("birth_date_mismatch", lambda: own().registry("civil", born=date(1985, 5, 16))),
    ("sex_mismatch", lambda: own().registry("civil", sex=Sex.MALE)),
    ("nationality_mismatch", lambda: own().registry("civil", nationality="PAK")),
    ("latin_name_mismatch_civil", lambda: own().registry("civil", name_latin="SARAH NOOR KHAN")),
    ("latin_name_mismatch", lambda: own().registry("residency", name_latin="SARA KHAN")),
    ("article_mismatch", lambda: own().registry("residency", article=24)),
    ("relation_mismatch", lambda: family().registry("residency", relation="spouse")),
    ("passport_expired", lambda: own().passport(expires=YESTERDAY)),
    ("son_of_age", lambda: family().registry("civil", sex=Sex.MALE).passport(sex=Sex.MALE)),
    ("residency_cancelled", lambda: own().registry("residency", cancelled=True)),
    ("court_judgment", lambda: own().registry("residency", court_judgment=True)),
    ("absence_report_open", lambda: own().registry("residency", absence_report_open=True)),
    ("outside_kuwait", lambda: own().registry("residency", inside_kuwait=False)),
    ("absent_too_long", lambda: own().registry("residency", days_absent=185)),
    ("domestic_worker_absent_too_long", lambda: helper().registry("residency", days_absent=124)),
    ("biometrics_missing", lambda: own().registry("residency", biometrics_done=False)),
    ("civil_address_missing", lambda: own().registry("civil", address_registered=False)),
    ("state_debts_unpaid", lambda: own().registry("residency", state_debts_fils=1)),
    ("traffic_fines_unpaid", lambda: own().fined(PERSON, 20_000)),
    ("residency_fines_unpaid", lambda: own().registry("residency", residency_fines_fils=4_000)),
    ("work_permit_missing", lambda: own().registry("work")),
    ("work_permit_invalid", lambda: own().registry("work", permit_valid_until=YESTERDAY)),
    ("employer_file_suspended", lambda: own().registry("work", employer_file_suspended=True)),
]
OF_THE_SPONSOR: list[tuple[str, Callable[[], World]]] = [
    ("sponsor_record_missing", lambda: family().registry("residency", SPONSOR)),
    ("sponsor_record_missing", lambda: helper().registry("residency", SPONSOR)),
    ("sponsor_residency_expired", lambda: family().registry("residency", SPONSOR, permit_expires=YESTERDAY)),
    ("sponsor_salary_below", lambda: family().registry("work", SPONSOR, basic_salary_fils=799_999)),
    ("residency_cancelled", lambda: family().registry("residency", SPONSOR, cancelled=True)),
    ("court_judgment", lambda: family().registry("residency", SPONSOR, court_judgment=True)),
    ("biometrics_missing", lambda: family().registry("residency", SPONSOR, biometrics_done=False)),
    ("state_debts_unpaid", lambda: family().registry("residency", SPONSOR, state_debts_fils=1)),
    ("traffic_fines_unpaid", lambda: family().fined(SPONSOR, 20_000)),
]
ALL = [("p1", *case) for case in OF_THE_PERSON] + [(None, *case) for case in OF_THE_SPONSOR]


@pytest.mark.parametrize("service", Service)
def test_nothing_blocks_a_renewal_in_order(service: Service) -> None:
    assert World(service).findings() == []


@pytest.mark.parametrize(("person", "rule", "world"), ALL)
def test_one_reason_is_named_by_its_rule_and_person(person: str | None, rule: str, world: Callable[[], World]) -> None:
    assert world().blocked_by() == [(person, rule)]


@pytest.mark.parametrize(("person", "rule", "world"), ALL)
def test_a_finding_fills_every_word_of_its_rule(person: str | None, rule: str, world: Callable[[], World]) -> None:
    [finding] = world().findings()
    blocker = RULES.blockers[rule]
    assert set(finding.detail) == blocker.placeholders
    for language in Language:
        words = blocker.words(finding.detail, language=language)
        assert not set("{}") & set(words.reason + words.office + words.remedy)
    assert finding.person == person


def test_every_rule_of_the_data_has_its_condition_and_its_case() -> None:
    asked_of_persons = {blocker.id for blocker in RULES.blockers if blocker.articles != frozenset()}
    asked_of_sponsors = {blocker.id for blocker in RULES.blockers if blocker.sponsor_of}
    assert set(OF_PERSON) == asked_of_persons == {rule for rule, _ in OF_THE_PERSON} | {"too_many_persons"}
    assert set(OF_SPONSOR) == asked_of_sponsors == {rule for rule, _ in OF_THE_SPONSOR}


def test_persons_beyond_the_limit_are_named() -> None:
    limit = RULES.services[Service.FAMILY].max_persons
    assert many(limit).findings() == []
    [finding] = many(limit + 1).findings()
    assert (finding.rule, finding.person, finding.detail) == ("too_many_persons", f"p{limit + 1}", {"limit": limit})


@pytest.mark.parametrize(("person", "rule", "world"), ALL)
def test_a_finding_carries_no_personal_data(person: str | None, rule: str, world: Callable[[], World]) -> None:
    told = str(world().findings())
    assert not [secret for secret in (PERSON, SPONSOR, "KHAN", "خان", f"X{PERSON[-6:]}", "OLD1") if secret in told]
    assert (person is None) == ("person=None" in told)
    assert rule in told

"""The synthetic people meet the rules: without trouble nothing stands in the way, with one the right rule speaks."""

from datetime import date

import pytest

from infra.sandbox.people import Specimen, make_citizen, make_person
from infra.sandbox.population import Population
from infra.sandbox.troubles import Trouble, troubled
from models.checks import PersonFacts, RegistryAnswers, RenewalFacts, find_obstacles
from models.rules.book import rule_book
from models.service import Service

ON = date(2026, 11, 23)
WORKER = make_person(1, article=18, on=ON)
CITIZEN = make_citizen(2, on=ON)
HELPER = make_person(3, article=20, on=ON, sponsor=CITIZEN)
SPOUSE = make_person(4, article=22, on=ON, sponsor=WORKER, relation="spouse")
CHILD = make_person(5, article=22, on=ON, sponsor=WORKER, relation="child")
CLEAN = [
    (Service.INDIVIDUAL, WORKER, WORKER, 18),
    (Service.INDIVIDUAL, *[make_person(6, article=24, on=ON)] * 2, 24),
    (Service.FAMILY, SPOUSE, WORKER, 22),
    (Service.FAMILY, CHILD, WORKER, 22),
    (Service.DOMESTIC_WORKER, HELPER, CITIZEN, 20),
]
RULES = {
    Trouble.RESIDENCY_CANCELLED: "residency_cancelled",
    Trouble.COURT_JUDGMENT: "court_judgment",
    Trouble.STATE_DEBTS: "state_debts_unpaid",
    Trouble.RESIDENCY_FINES: "residency_fines_unpaid",
    Trouble.OUTSIDE_KUWAIT: "outside_kuwait",
    Trouble.LONG_ABSENCE: "absent_too_long",
    Trouble.ABSENCE_REPORT: "absence_report_open",
    Trouble.NO_BIOMETRICS: "biometrics_missing",
    Trouble.WORK_PERMIT_EXPIRED: "work_permit_invalid",
    Trouble.EMPLOYER_SUSPENDED: "employer_file_suspended",
    Trouble.TRAFFIC_FINES: "traffic_fines_unpaid",
    Trouble.NO_ADDRESS: "civil_address_missing",
    Trouble.NO_WORK_PERMIT: "work_permit_missing",
    Trouble.NO_RESIDENCY: "residency_record_missing",
    Trouble.LATIN_NAME_DIFFERS: "latin_name_mismatch_civil",
    Trouble.LATIN_NAME_DIFFERS_AT_RESIDENCY: "latin_name_mismatch",
    Trouble.BIRTH_DATE_DIFFERS: "birth_date_mismatch",
    Trouble.SEX_DIFFERS: "sex_mismatch",
    Trouble.NATIONALITY_DIFFERS: "nationality_mismatch",
    Trouble.PASSPORT_NOT_REGISTERED: "passport_mismatch",
    Trouble.PASSPORT_NOT_AT_CIVIL: "passport_mismatch_civil",
    Trouble.PASSPORT_EXPIRED: "passport_expired",
}


def rules_found(service: Service, person: Specimen, applicant: Specimen, article: int) -> set[str]:
    people = Population.of([person.resident, applicant.resident]).people
    residents = {number: people[number] for number in people}
    answers = RegistryAnswers(
        civil={number: one.civil for number, one in residents.items()},
        residency={number: one.residency for number, one in residents.items() if one.residency},
        insurance={number: one.insurance for number, one in residents.items() if one.insurance},
        work={number: one.work for number, one in residents.items() if one.work},
        traffic={number: one.traffic for number, one in residents.items() if one.traffic},
    )
    facts = PersonFacts(
        person="1",
        civil_number=person.civil_number,
        passport=person.passport,
        article=article,
        relation=person.resident.residency.relation if person.resident.residency else None,
        years=1,
    )
    renewal = RenewalFacts(
        service=service,
        applicant_civil_number=applicant.civil_number,
        organisation_file=None,
        persons=(facts,),
    )
    return {finding.rule for finding in find_obstacles(renewal, answers, on=ON, book=rule_book())}


@pytest.mark.parametrize(("service", "person", "applicant", "article"), CLEAN)
def test_a_person_without_trouble_has_nothing_in_the_way(
    service: Service, person: Specimen, applicant: Specimen, article: int
) -> None:
    assert rules_found(service, person, applicant, article) == set()


@pytest.mark.parametrize(("trouble", "rule"), RULES.items())
def test_each_trouble_is_found_by_its_rule(trouble: Trouble, rule: str) -> None:
    worker = troubled(WORKER, trouble, on=ON)
    assert rules_found(Service.INDIVIDUAL, worker, worker, 18) == {rule}


def test_a_helper_may_be_away_for_less_time_than_others() -> None:
    worker = troubled(WORKER, Trouble.HELPER_ABSENCE, on=ON)
    helper = troubled(HELPER, Trouble.HELPER_ABSENCE, on=ON)
    assert rules_found(Service.INDIVIDUAL, worker, worker, 18) == set()
    assert rules_found(Service.DOMESTIC_WORKER, helper, CITIZEN, 20) == {"domestic_worker_absent_too_long"}


def test_troubles_of_the_head_of_family_stand_in_the_familys_way() -> None:
    head = troubled(WORKER, Trouble.PERMIT_EXPIRED, Trouble.LOW_SALARY, on=ON)
    found = rules_found(Service.FAMILY, SPOUSE, head, 22)
    assert found == {"sponsor_residency_expired", "sponsor_salary_below"}

"""The demo's application folders: complete, synthetic, and the same every time."""

from datetime import date
from itertools import islice
from pathlib import Path

import pytest

from infra.demo.applications import POPULATION, write_applications
from infra.demo.crowd import make_crowd
from infra.demo.stories import Story, read_stories
from infra.sandbox.payer import Behaviour
from infra.sandbox.population import Population, Resident
from infra.spreadsheet import read_employees
from models.application import Application, PersonInput
from models.case import CaseStatus
from models.checks import PersonFacts, RegistryAnswers, RenewalFacts, find_obstacles
from models.civil_number import CivilNumber
from models.mrz import parse_td3
from models.rules.book import rule_book
from models.rules.documents import missing
from models.service import Service

ON = date(2026, 11, 23)
LEAP_DAY = date(2028, 2, 29)
DOCUMENTS = rule_book().documents
SERVICES = rule_book().services


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_applications(folder, on=ON)
    return folder


@pytest.fixture(scope="module")
def people(demo: Path) -> dict[str, Resident]:
    return Population.read(demo / POPULATION).people


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def application_in(folder: Path) -> Application:
    return Application.model_validate_json((folder / "application.json").read_bytes())


def persons_in(folder: Path) -> list[PersonInput]:
    application = application_in(folder)
    if application.spreadsheet is None:
        return application.persons
    return read_employees((folder / application.spreadsheet).read_bytes(), file=application.spreadsheet)


def story_of(demo: Path, name: str) -> Story:
    return next(story for story in read_stories(demo) if story.folder == name)


def test_every_service_and_every_way_to_pay_or_not_is_told(demo: Path) -> None:
    stories = read_stories(demo)
    assert {application_in(demo / story.folder).service for story in stories} == set(Service)
    assert {status for story in stories for status in story.expected} == {
        CaseStatus.COMPLETED,
        CaseStatus.REJECTED,
        CaseStatus.AWAITING_PAYMENT,
    }
    assert story_of(demo, "declined_then_paid").payer == (Behaviour.DECLINE, Behaviour.APPROVE)
    assert all(story.title_en and story.title_ar for story in stories)


def test_as_many_cases_are_expected_as_are_applied_for(demo: Path) -> None:
    for story in read_stories(demo):
        batch = application_in(demo / story.folder).service.is_batch
        cases = len(persons_in(demo / story.folder)) if batch else 1
        assert sum(story.expected.values()) == cases, story.folder


@pytest.mark.parametrize("on", [ON, LEAP_DAY])
def test_the_same_day_gives_the_same_bytes(on: date, tmp_path: Path) -> None:
    for name in ("first", "second"):
        (tmp_path / name).mkdir()
        write_applications(tmp_path / name, on=on)
    assert tree(tmp_path / "first") == tree(tmp_path / "second")


def test_the_files_are_exactly_those_that_the_applications_name(demo: Path) -> None:
    named = {"story.json", POPULATION}
    for story in read_stories(demo):
        spreadsheet = application_in(demo / story.folder).spreadsheet
        files = {document.file for person in persons_in(demo / story.folder) for document in person.documents}
        files |= {"application.json"} | ({spreadsheet} if spreadsheet else set())
        named |= {f"{story.folder}/{file}" for file in files}
    assert set(tree(demo)) == named


def test_no_document_that_the_rules_ask_for_is_missing(demo: Path, people: dict[str, Resident]) -> None:
    for story in read_stories(demo):
        service = application_in(demo / story.folder).service
        required, given = {}, {}
        for person in persons_in(demo / story.folder):
            born = people[person.civil_number].civil.born
            age = ON.year - born.year - ((ON.month, ON.day) < (born.month, born.day))
            required[person.civil_number] = DOCUMENTS.required(
                service=service, article=person.article, relation=person.relation, age=age, on=ON
            )
            given[person.civil_number] = {document.kind for document in person.documents}
        assert missing(required, given) == {}, story.folder


def test_identities_are_valid_and_agree_with_the_registries(demo: Path, people: dict[str, Resident]) -> None:
    for story in read_stories(demo):
        for person in persons_in(demo / story.folder):
            resident = people[person.civil_number]
            passport = parse_td3(*person.passport_mrz, field="passport_mrz", on=ON)
            assert passport.number == resident.civil.passport_number
            assert CivilNumber.parse(person.civil_number, on=ON).born == passport.born == resident.civil.born
            assert resident.residency is not None
            assert (resident.residency.article, resident.residency.relation) == (person.article, person.relation)


def test_each_service_gets_the_persons_and_articles_it_renews(demo: Path) -> None:
    for story in read_stories(demo):
        rule = SERVICES[application_in(demo / story.folder).service]
        persons = persons_in(demo / story.folder)
        assert len(persons) <= rule.max_persons
        assert all(person.article in rule.articles for person in persons)
        assert all(rule.renews_relation(person.relation) for person in persons)


def test_applicants_are_known_and_sponsors_and_files_are_theirs(demo: Path, people: dict[str, Resident]) -> None:
    for story in read_stories(demo):
        application = application_in(demo / story.folder)
        applicant = application.applicant.civil_number
        assert applicant in people
        for person in persons_in(demo / story.folder):
            residency = people[person.civil_number].residency
            assert residency is not None
            if application.service.is_batch:
                assert residency.sponsor_file == application.organisation_file
            else:
                assert applicant in {person.civil_number, residency.sponsor_civil_number}


def test_no_civil_number_is_in_a_folder_or_file_name(demo: Path, people: dict[str, Resident]) -> None:
    names = " ".join(tree(demo))
    assert not [number for number in people if number in names]


def test_a_family_may_leave_a_child_out(demo: Path, people: dict[str, Resident]) -> None:
    application = application_in(demo / "family")
    head = application.applicant.civil_number
    family = {
        number
        for number, resident in people.items()
        if resident.residency and resident.residency.sponsor_civil_number == head
    }
    chosen = {person.civil_number for person in application.persons}
    assert len(family) == 4
    assert chosen < family
    for number in chosen:
        resident = people[number]
        assert resident.insurance is not None
        assert resident.insurance.insured_until == date(2029, 1, 2)  # two years from the permit's end on 2 January 2027


def cases_in(folder: Path) -> list[RenewalFacts]:
    """What each case of the folder asks for; every employee of a batch is a case."""
    application, persons = application_in(folder), persons_in(folder)
    facts = [
        PersonFacts(
            person=f"p{position}",
            civil_number=person.civil_number,
            passport=parse_td3(*person.passport_mrz, field="passport_mrz", on=ON),
            article=person.article,
            relation=person.relation,
            years=person.years,
        )
        for position, person in enumerate(persons, start=1)
    ]
    return [
        RenewalFacts(
            service=application.service,
            applicant_civil_number=application.applicant.civil_number,
            organisation_file=application.organisation_file,
            persons=together,
        )
        for together in ([(person,) for person in facts] if application.service.is_batch else [tuple(facts)])
    ]


def answers_of(people: dict[str, Resident]) -> RegistryAnswers:
    return RegistryAnswers(
        civil={number: one.civil for number, one in people.items()},
        residency={number: one.residency for number, one in people.items() if one.residency},
        insurance={number: one.insurance for number, one in people.items() if one.insurance},
        work={number: one.work for number, one in people.items() if one.work},
        traffic={number: one.traffic for number, one in people.items() if one.traffic},
    )


def test_the_checks_find_the_obstacles_that_the_stories_tell_and_no_others(
    demo: Path, people: dict[str, Resident]
) -> None:
    told = {
        "blocked": [{"traffic_fines_unpaid", "biometrics_missing"}],
        "company": [{"traffic_fines_unpaid", "work_permit_invalid"}],
    }
    for story in read_stories(demo):
        findings = [
            find_obstacles(case, answers_of(people), on=ON, book=rule_book()) for case in cases_in(demo / story.folder)
        ]
        refused = [{finding.rule for finding in found} for found in findings if found]
        assert refused == told.get(story.folder, []), story.folder
        assert len(refused) == story.expected.get(CaseStatus.REJECTED, 0)


def test_a_crowd_has_people_of_their_own_and_one_set_of_files() -> None:
    crowd = list(make_crowd(300, on=ON))
    assert len({passerby.resident.civil_number for passerby in crowd}) == 300
    assert len({id(passerby.folder.files) for passerby in crowd}) == 1
    for passerby in islice(crowd, 0, None, 50):
        application = Application.model_validate_json(passerby.folder.application.model_dump_json())
        (person,) = application.persons
        assert person.civil_number == application.applicant.civil_number == passerby.resident.civil_number
        assert parse_td3(*person.passport_mrz, field="", on=ON).number == passerby.resident.civil.passport_number
        assert {document.file for document in person.documents} == set(passerby.folder.files)


def test_the_crowd_shares_nobody_with_the_demo(people: dict[str, Resident]) -> None:
    assert not {passerby.resident.civil_number for passerby in make_crowd(50, on=ON)} & set(people)

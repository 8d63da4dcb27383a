"""The synthetic people: valid, distinct, the same every time, and nobody real."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.sandbox.people import Specimen, make_citizen, make_person
from infra.sandbox.population import Population
from infra.sandbox.troubles import Trouble, troubled
from models.civil_number import CivilNumber
from models.errors import InputError
from models.mrz import parse_td3, write_td3
from models.registry import Sex

ON = date(2026, 11, 23)
WORKER = make_person(0, article=18, on=ON)


@given(st.integers(0, 182_499), st.integers(0, 90), st.dates(date(2025, 12, 23), date(2030, 1, 1)))
def test_every_civil_number_is_valid_and_of_the_asked_age(number: int, age: int, on: date) -> None:
    specimen = make_person(number, article=24, on=on, age=age)
    civil = CivilNumber.parse(specimen.civil_number)
    had_birthday = (on.month, on.day) >= (civil.born.month, civil.born.day)
    assert on.year - civil.born.year - (not had_birthday) == age
    assert civil.born == specimen.resident.civil.born == specimen.passport.born


def test_two_thousand_people_are_two_thousand() -> None:
    people = [make_person(number, article=18, on=ON) for number in range(1500)]
    people += [make_person(number, article=22, on=ON, sponsor=WORKER, relation="child") for number in range(500)]
    assert len({person.civil_number for person in people}) == 2000


def test_the_same_arguments_give_the_same_person() -> None:
    assert make_person(77, article=18, on=ON) == make_person(77, article=18, on=ON)


@given(st.integers(0, 182_499), st.sampled_from(Sex))
def test_the_passport_can_be_written_and_read(number: int, sex: Sex) -> None:
    passport = make_person(number, article=23, on=ON, sex=sex).passport
    assert parse_td3(*write_td3(passport), field="passport_mrz", on=ON) == passport


def test_names_are_obviously_synthetic_in_both_languages() -> None:
    civil = make_person(42, article=18, on=ON).resident.civil
    assert (civil.name_latin, civil.name_ar) == ("SPECIMEN BA QAF", "نموذج باء قاف")


@pytest.mark.parametrize("article", [20, 22, 29])
def test_who_has_a_sponsor_by_law_has_one_here(article: int) -> None:
    with pytest.raises(InputError, match="sponsor"):
        make_person(1, article=article, on=ON)


def test_a_domestic_worker_of_a_citizen_and_of_a_resident_differ() -> None:
    of_citizen = make_person(1, article=20, on=ON, sponsor=make_citizen(2, on=ON)).resident.residency
    of_resident = make_person(1, article=20, on=ON, sponsor=WORKER).resident.residency
    assert of_citizen is not None
    assert of_resident is not None
    assert (of_citizen.sponsor_kuwaiti, of_resident.sponsor_kuwaiti) == (True, False)
    assert of_citizen.sponsor_civil_number != of_resident.sponsor_civil_number == WORKER.civil_number


@pytest.mark.parametrize("trouble", Trouble)
def test_every_trouble_changes_the_person_and_not_their_number(trouble: Trouble) -> None:
    changed = troubled(WORKER, trouble, on=ON)
    assert changed != WORKER
    assert changed.civil_number == WORKER.civil_number


def test_troubles_add_up() -> None:
    changed = troubled(WORKER, Trouble.NO_ADDRESS, Trouble.TRAFFIC_FINES, on=ON)
    assert changed.resident.civil.address_registered is False
    assert changed.resident.traffic is not None
    assert changed.resident.traffic.unpaid_fines_fils > 0


def test_a_trouble_in_a_registry_that_does_not_know_the_person_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        troubled(make_person(1, article=24, on=ON), Trouble.LOW_SALARY, on=ON)


def test_a_population_is_written_whole_and_read_again(tmp_path: Path) -> None:
    people: list[Specimen] = [WORKER, make_citizen(9, on=ON)]
    population = Population.of(person.resident for person in people)
    file = tmp_path / "new" / "population.json"
    population.write(file)
    population.write(file)
    assert Population.read(file) == population
    assert [path.name for path in file.parent.iterdir()] == ["population.json"]
    assert population.find(WORKER.civil_number) == WORKER.resident
    assert population.find("285051500015") is None

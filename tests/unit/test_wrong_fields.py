"""What is told of a wrong application.json: the field and what to do, in our own words, and never what was written."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.intake.reading import read_application
from models.errors import InputError
from models.rules.book import rule_book
from models.service import Service

PERSON = {
    "civil_number": "285051500015",
    "passport_mrz": ["P" * 44, "P" * 44],
    "article": 18,
    "years": 1,
    "documents": [{"kind": "passport_copy", "file": "passport.pdf"}],
}
RIGHT = {
    "service": "individual",
    "applicant": {"civil_number": "285051500015", "mobile": "+96500000000"},
    "persons": [PERSON],
}
PYDANTIC = (
    "Input should",
    "String should",
    "Field required",
    "Extra inputs",
    "Value error",
    "List should",
    "valid dict",
)
Change = Callable[[dict[str, Any]], Any]


def told(given: Any) -> InputError:
    with pytest.raises(InputError) as refused:
        read_application({"application.json": json.dumps(given).encode()})
    assert not any(words in str(refused.value) for words in PYDANTIC), refused.value
    return refused.value


def changed(change: Change) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(json.dumps(RIGHT))
    change(given)
    return given


WRONG: list[tuple[Change, str, str]] = [
    (lambda it: it["persons"][0].update(article=99), "persons.0.article", "not valid; write one of "),
    (lambda it: it["persons"][0].update(article="x"), "persons.0.article", "not valid; write one of "),
    (lambda it: it["persons"][0].pop("article"), "persons.0.article", "missing; write one of "),
    (lambda it: it["persons"][0].update(years=0), "persons.0.years", "write whole years, from 1 to 15"),
    (lambda it: it["persons"][0].update(relation="cousin"), "persons.0.relation", "write one of spouse, child"),
    (lambda it: it["persons"][0].update(passport_mrz=[]), "persons.0.passport_mrz", "44 characters each"),
    (lambda it: it["persons"][0].update(passport_mrz=["a", "b"]), "persons.0.passport_mrz.0", "44 characters each"),
    (lambda it: it["persons"][0].update(civil_number=1), "persons.0.civil_number", "write the twelve digits"),
    (lambda it: it["persons"][0]["documents"][0].update(kind="X!"), "persons.0.documents.0.kind", "write one of "),
    (lambda it: it["persons"][0]["documents"][0].update(file="../x"), "persons.0.documents.0.file", "no folder"),
    (lambda it: it.update(service="lottery"), "service", f"write one of {', '.join(Service)}"),
    (lambda it: it.pop("service"), "service", "missing; write one of individual"),
    (lambda it: it.update(language="fr"), "language", "write one of ar, en"),
    (lambda it: it.pop("applicant"), "applicant", "missing; write who applies"),
    (lambda it: it["applicant"].update(mobile="12345678"), "applicant.mobile", "write +965 and the eight digits"),
    (lambda it: it.update(organisation_file="x"), "organisation_file", "the organisation's file number"),
    (lambda it: it.update(nickname="Abu"), "nickname", "there is no such field; leave it out"),
    (lambda it: it.update(persons=[]), "application", "service individual needs `persons` (at least one)"),
    (lambda it: it.update(persons=[PERSON] * 51), "persons", "50 at most"),
    (lambda it: it.update(persons="x"), "persons", "list each person"),
]


@pytest.mark.parametrize(("change", "field", "remedy"), WRONG, ids=range(len(WRONG)))
def test_wrong_field_is_named_with_what_to_do(change: Change, field: str, remedy: str) -> None:
    error = told(changed(change))
    assert error.field == field
    assert remedy in error.message


def test_articles_that_are_offered_are_those_of_the_service() -> None:
    for service in Service:
        given = changed(lambda it, service=service: (it.update(service=service), it["persons"][0].update(article=99)))
        articles = ", ".join(map(str, sorted(rule_book().services[service].articles)))
        assert f"persons.0.article: not valid; write one of {articles}" in f"; {told(given)}"


@pytest.mark.parametrize("given", [[], "x", 1, None])
def test_what_is_no_application_at_all_is_told_so(given: object) -> None:
    assert str(told(given)).startswith(
        "application: not valid; write it as `.venv/bin/python manage.py submit --schema`"
    )


def test_every_wrong_field_is_told_once_and_nothing_that_was_written() -> None:
    given = changed(lambda it: (it["applicant"].update(mobile="SECRET"), it["persons"][0].update(years="SECRET")))
    text = str(told(given))
    assert text.count("applicant.mobile") == text.count("persons.0.years") == 1
    assert "SECRET" not in text

"""The calculator: raw JSON in, results in order, each mistake named by its field."""

from typing import Any

import jsonschema
import pytest

from models.errors import InputError
from models.fees.calculator import calculate
from models.fees.facts import schema
from models.rules.book import rule_book
from tests.fee_cases import AFTER, BEFORE, case, person

FAMILY = {"article": 18}


def test_result_has_the_promised_shape() -> None:
    worker = person(18, person="worker", permit_expires="2025-12-22")
    (result,) = calculate([case(worker, sponsor={"organisation": True}) | {"service": "company"}])
    assert result == {
        "id": "case-1",
        "total_fils": 122_000,
        "lines": [
            {
                "person": "worker",
                "rule": "residency_fee.art18.2025",
                "payee": "MOI",
                "amount_fils": 20_000,
                "source": "S1,S2,S11",
                "in_force_from": "2025-12-23",
            },
            {
                "person": "worker",
                "rule": "health_insurance.private_sector.2025",
                "payee": "MOH",
                "amount_fils": 100_000,
                "source": "S22,S23,S24",
                "in_force_from": "2025-12-23",
            },
            {
                "person": "worker",
                "rule": "fine.residency_expired.2025",
                "payee": "MOI",
                "amount_fils": 2_000,
                "source": "S19,S20",
                "in_force_from": "2025-01-05",
            },
        ],
        "refused": [],
        "rule_book": rule_book().version,
        "shown_only": [
            {
                "person": "worker",
                "rule": "civil_id.renewal",
                "payee": "PACI",
                "amount_fils": 5_000,
                "source": "S49",
                "in_force_from": None,
            },
            {
                "person": "worker",
                "rule": "work_permit.year",
                "payee": "PAM",
                "amount_fils": 10_000,
                "source": "S50,background",
                "in_force_from": None,
            },
        ],
    }


def test_refused_case_costs_nothing_and_says_why_in_both_languages() -> None:
    (result,) = calculate([case(person(18, years=6))])
    assert result["total_fils"] == 0
    assert result["lines"] == []
    assert "shown_only" not in result
    (refusal,) = result["refused"]
    assert refusal.keys() == {"person", "rule", "reason_en", "reason_ar"}
    assert "5 years" in refusal["reason_en"]


def test_one_refused_person_does_not_stop_the_others() -> None:
    (result,) = calculate([case(person(18, years=6), person(18))])
    assert {line["person"] for line in result["lines"]} == {"p2"}
    assert [refusal["person"] for refusal in result["refused"]] == ["p1"]


def test_malformed_case_does_not_stop_the_others() -> None:
    good = case(person(18))
    results = calculate([good, {"id": "bad"}, 5, good | {"id": "last"}])
    assert [result.get("id") for result in results] == ["case-1", "bad", None, "last"]
    assert ["error" in result for result in results] == [False, True, True, False]


@pytest.mark.parametrize("raw", [{}, "[]", None, {"id": "x"}])
def test_anything_but_an_array_is_refused(raw: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="array"):
        calculate(raw)


MISTAKES = [
    pytest.param(case(person(18)) | {"colour": 1}, "colour", "no such field", id="unknown field of the case"),
    pytest.param(case(person(18, colour=1)), "persons.0.colour", "relation", id="unknown field of a person"),
    pytest.param(
        case(person(18), sponsor={"colour": 1}), "sponsor.colour", "organisation", id="unknown field of the sponsor"
    ),
    pytest.param({"id": "x", "on": AFTER}, "persons", "missing", id="no persons"),
    pytest.param(case(), "persons", "at least 1", id="empty persons"),
    pytest.param(case(person(18), on="23/12/2025"), "on", "2026-01-31", id="day in another form"),
    pytest.param(case(person(18)) | {"on": 20251223}, "on", "2026-01-31", id="day as a number"),
    pytest.param(case(person(18), on="2025-02-30"), "on", "date", id="no such day"),
    pytest.param(case(person(18, years="1")), "persons.0.years", "integer", id="years as text"),
    pytest.param(case(person(18, years=True)), "persons.0.years", "integer", id="years as a truth value"),
    pytest.param(case(person(18, born="2026-01-01")), "persons.0.born", "after", id="born after the day of the price"),
    pytest.param(case(person(22, relation="cousin")), "persons.0.relation", "spouse", id="unknown relation"),
    pytest.param(case(person(22), sponsor=FAMILY), "persons.0.relation", "article 22", id="relation missing"),
    pytest.param(case(person(22, relation="spouse")), "sponsor.article", "article 22", id="sponsor missing"),
    pytest.param(
        case(person(22, relation="spouse"), sponsor={"kuwaiti": True}), "sponsor.article", "no price", id="odd sponsor"
    ),
    pytest.param(
        case(person(20), sponsor={"kuwaiti": True}), "persons.0.worker_no", "missing", id="worker's number missing"
    ),
    pytest.param(case(person(20, worker_no=1)), "sponsor", "missing", id="sponsor of a domestic worker missing"),
    pytest.param(
        case(person(20, worker_no=1), sponsor={"organisation": True}), "sponsor", "no price", id="odd employer"
    ),
    pytest.param(case(person(14)), "persons.0.article", "17 to 31", id="temporary residency"),
    pytest.param(
        case(person(22, relation="child"), on=BEFORE, sponsor=FAMILY), "persons.0.born", "age", id="age of a child"
    ),
    pytest.param(
        case(person(22, relation="child", newborn=True, insured_until="2030-01-01"), sponsor=FAMILY),
        "persons.0.born",
        "missing",
        id="birth of a newborn",
    ),
    pytest.param(case(person(18), sponsor={"article": 18, "kuwaiti": True}), "sponsor", "one of", id="two sponsors"),
    pytest.param(
        case(person(18, person="p2"), person(18)), "case", "the same label", id="label taken by the default of another"
    ),
]


@pytest.mark.parametrize(("raw", "field", "words"), MISTAKES)
def test_mistake_is_named_by_its_field_with_a_remedy(raw: dict[str, Any], field: str, words: str) -> None:
    (result,) = calculate([raw])
    assert result["error"]["field"] == field
    assert words in result["error"]["message"]


def test_schema_accepts_what_the_calculator_accepts_and_describes_every_field() -> None:
    published = schema()
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate([case(person(22, relation="spouse"), sponsor=FAMILY)], published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate([case(person(22, colour=1))], published)
    undescribed = [
        f"{name}.{field}"
        for name, part in published["$defs"].items()
        for field, about in part.get("properties", {}).items()
        if "description" not in about and field != "persons"
    ]
    assert undescribed == []

"""Which documents a person has to hand in, and which are missing."""

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from models.errors import RuleBookError
from models.rules.book import rule_book
from models.rules.documents import DocumentKind, MediaType, missing, read_documents
from models.rules.reading import DATA
from models.service import Service
from tests.rule_data import loaded

RULES, SERVICES = rule_book().documents, rule_book().services
NOW = date(2026, 1, 15)


def asked(service: Service, article: int, *, relation: str | None = None, age: int = 30, on: date = NOW) -> list[str]:
    return [kind.id for kind in RULES.required(service=service, article=article, relation=relation, age=age, on=on)]


@pytest.mark.parametrize(
    ("service", "article", "kinds"),
    [
        (Service.INDIVIDUAL, 18, ["passport", "civil_id", "work_permit"]),
        (Service.INDIVIDUAL, 19, ["passport", "civil_id", "commercial_licence"]),
        (Service.INDIVIDUAL, 23, ["passport", "civil_id", "enrolment_certificate"]),
        (Service.INDIVIDUAL, 24, ["passport", "civil_id", "means_proof"]),
        (Service.INDIVIDUAL, 28, ["passport", "civil_id"]),
        (Service.INDIVIDUAL_PHOTO, 18, ["passport", "civil_id", "photo", "work_permit"]),
        (Service.COMPANY, 18, ["passport", "civil_id", "work_permit"]),
        (Service.GOVERNMENT, 17, ["passport", "civil_id", "government_letter"]),
        (Service.DOMESTIC_WORKER, 20, ["passport", "civil_id", "sponsor_civil_id", "domestic_contract"]),
        (Service.FAMILY, 22, ["passport", "civil_id", "sponsor_civil_id"]),
        (Service.FAMILY, 29, ["passport", "civil_id", "sponsor_civil_id"]),
    ],
)
def test_a_renewal_asks_for_these(service: Service, article: int, kinds: list[str]) -> None:
    assert asked(service, article, relation="child" if service is Service.FAMILY else None) == kinds


@pytest.mark.parametrize(("age", "on", "photo"), [
    (11, date(2025, 12, 22), False), (12, date(2025, 12, 22), True), (12, date(2025, 12, 23), False),
])  # fmt: skip
def test_a_photo_of_family_members_was_asked_from_twelve_under_the_old_rules(
    age: int, on: date, *, photo: bool
) -> None:
    assert ("photo" in asked(Service.FAMILY, 22, relation="child", age=age, on=on)) is photo


@pytest.mark.parametrize(("relation", "on", "policy"), [
    ("other", date(2025, 12, 22), True), ("parent", date(2025, 12, 22), True),
    ("spouse", date(2025, 12, 22), False), ("other", date(2025, 12, 23), False),
])  # fmt: skip
def test_parents_needed_a_private_policy_before_the_new_insurance(relation: str, on: date, *, policy: bool) -> None:
    assert ("private_health_policy" in asked(Service.FAMILY, 22, relation=relation, on=on)) is policy


@given(
    pair=st.sampled_from([(rule.id, article) for rule in SERVICES for article in sorted(rule.articles)]),
    relation=st.sampled_from([None, "spouse", "child", "parent", "other"]),
    age=st.integers(0, 110),
    on=st.dates(date(2015, 1, 1), date(2040, 1, 1)),
)
def test_whoever_applies_shows_passport_and_civil_id_and_never_an_insurance_receipt(
    pair: tuple[Service, int], relation: str | None, age: int, on: date
) -> None:
    kinds = asked(*pair, relation=relation, age=age, on=on)
    assert kinds[:2] == ["passport", "civil_id"]
    assert len(kinds) == len(set(kinds))
    assert "health_insurance_receipt" not in kinds


def required(*kinds: str) -> list[DocumentKind]:
    return [RULES[kind] for kind in kinds]


def named(gaps: dict[str, list[DocumentKind]]) -> dict[str, list[str]]:
    return {person: [kind.id for kind in kinds] for person, kinds in gaps.items()}


def test_what_is_missing_is_named_per_person() -> None:
    wanted = {
        "p1": required("passport", "civil_id"),
        "p2": required("passport", "civil_id"),
        "p3": required("passport"),
    }
    given_in = {"p1": {"passport"}, "p3": {"passport", "photo"}}
    assert named(missing(wanted, given_in)) == {"p1": ["civil_id"], "p2": ["passport", "civil_id"]}


def test_one_copy_of_the_sponsors_card_serves_the_whole_family() -> None:
    wanted = {"p1": required("sponsor_civil_id"), "p2": required("sponsor_civil_id")}
    assert missing(wanted, {"p2": ["sponsor_civil_id"]}) == {}
    assert named(missing(wanted, {})) == {"p1": ["sponsor_civil_id"]}


@given(st.dictionaries(st.sampled_from(["p1", "p2", "p3"]), st.sets(st.sampled_from(sorted(RULES.kinds)))))
def test_nothing_is_missing_once_the_gaps_are_filled(given_in: dict[str, set[str]]) -> None:
    wanted = {person: required("passport", "civil_id", "sponsor_civil_id") for person in ("p1", "p2", "p3")}
    filled = {person: set(kinds) for person, kinds in given_in.items()}
    for person, kinds in missing(wanted, given_in).items():
        filled.setdefault(person, set()).update(kind.id for kind in kinds)
    assert missing(wanted, filled) == {}


@pytest.mark.parametrize("kind", list(RULES.kinds.values()), ids=lambda kind: kind.id)
def test_every_kind_is_named_in_both_languages(kind: DocumentKind) -> None:
    for arabic in (kind.name_ar, kind.shows_ar, kind.ask_ar):
        assert not any(letter.isascii() and letter.isalpha() for letter in arabic)
    assert kind.name_en.isascii()
    assert kind.shows_en.isascii()
    assert kind.ask_en.isascii()


@pytest.mark.parametrize("sentence", ["ask_en", "ask_ar"])
def test_a_kind_without_its_sentence_is_refused(sentence: str, tmp_path: Path) -> None:
    content = yaml.safe_load((DATA / "documents.yaml").read_text("utf-8"))
    del content["kinds"][1][sentence]
    (tmp_path / "documents.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(RuleBookError, match=rf"documents\.yaml, section kinds, entry civil_id: {sentence}: Field"):
        loaded(read_documents, tmp_path)


def test_a_photo_is_an_image() -> None:
    assert set(RULES["photo"].media) == {MediaType.JPEG, MediaType.PNG}


def test_an_unknown_kind_is_an_error() -> None:
    with pytest.raises(RuleBookError, match="no document kind diploma"):
        RULES["diploma"]


@pytest.mark.parametrize(
    ("section", "change", "told"),
    [
        ("kinds", {"media": []}, "media"),
        ("kinds", {"media": ["image/gif"]}, "media"),
        ("kinds", {"pages": 2}, "pages: Extra inputs"),
        ("kinds", {"id": "civil_id"}, "civil_id: the id is there twice"),
        ("kinds", {"id": "passport-2"}, "id: String should match pattern"),
        ("kinds", {"ask_ar": ""}, "ask_ar: Value error, must be a sentence that ends with a full stop"),
        ("kinds", {"ask_en": "Hand it in"}, "ask_en: Value error, must be a sentence that ends with a full stop"),
        ("kinds", {"effective_from": date(2026, 1, 1)}, "on days on which documents of this kind are not in force"),
        ("requirements", {"kind": "diploma"}, "unknown kind diploma"),
        ("requirements", {"services": ["embassy"]}, "services"),
        ("requirements", {"relations": ["cousin"]}, "relations"),
        ("requirements", {"id": "civil_id_of_everybody"}, "civil_id_of_everybody: the id is there twice"),
        ("requirements", {"services": ["government"], "articles": [18]}, "no service renews anybody who is asked"),
        ("requirements", {"services": ["company"], "relations": ["parent"]}, "no service renews anybody who is asked"),
    ],
)
def test_broken_data_is_refused(section: str, change: dict[str, object], told: str, tmp_path: Path) -> None:
    content = yaml.safe_load((DATA / "documents.yaml").read_text("utf-8"))
    content[section][0] |= change
    (tmp_path / "documents.yaml").write_text(yaml.safe_dump(content), "utf-8")
    with pytest.raises(RuleBookError, match=told):
        loaded(read_documents, tmp_path, check=lambda rules: rules.faults(SERVICES))

"""The six services as data: who applies, which articles, and what broken data is told."""

from pathlib import Path

import pytest
import yaml

from models.errors import RuleBookError
from models.rules.book import rule_book
from models.rules.reading import DATA
from models.rules.services import ApplicantRole, read_services
from models.service import Service
from tests.rule_data import loaded

RULES = loaded(read_services)


def changed(folder: Path, **change: object) -> Path:
    """The shipped file with the first service changed."""
    content = yaml.safe_load((DATA / "services.yaml").read_text("utf-8"))
    content["services"][0] |= change
    (folder / "services.yaml").write_text(yaml.safe_dump(content), "utf-8")
    return folder


@pytest.mark.parametrize(
    ("service", "role", "articles"),
    [
        (Service.INDIVIDUAL, ApplicantRole.RESIDENT, {18, 19, 21, 23, 24, 25, 26, 27, 28, 30, 31}),
        (Service.INDIVIDUAL_PHOTO, ApplicantRole.RESIDENT, {18, 19, 21, 23, 24, 25, 26, 27, 28, 30, 31}),
        (Service.FAMILY, ApplicantRole.HEAD_OF_FAMILY, {22, 29}),
        (Service.DOMESTIC_WORKER, ApplicantRole.SPONSOR, {20}),
        (Service.COMPANY, ApplicantRole.OPERATOR, {18}),
        (Service.GOVERNMENT, ApplicantRole.OPERATOR, {17}),
    ],
)
def test_a_service_renews_its_articles_for_its_applicant(
    service: Service, role: ApplicantRole, articles: set[int]
) -> None:
    assert (RULES[service].applicant, RULES[service].articles) == (role, articles)


@pytest.mark.parametrize("service", Service)
def test_every_service_has_a_name_in_both_languages(service: Service) -> None:
    rule = RULES[service]
    assert rule.name_en.isascii()
    assert rule.applicant_en.isascii()
    assert not any(letter.isascii() and letter.isalpha() for letter in rule.name_ar + rule.applicant_ar)


def test_every_article_with_a_price_can_be_renewed_by_some_service() -> None:
    priced = {article for row in rule_book().fees.scope for article in row.article}
    assert priced == set().union(*(rule.articles for rule in RULES))


def test_only_the_family_service_asks_for_a_relation() -> None:
    assert RULES[Service.FAMILY].renews_relation("spouse")
    assert not RULES[Service.FAMILY].renews_relation(None)
    assert not RULES[Service.FAMILY].renews_relation("cousin")
    assert RULES[Service.INDIVIDUAL].renews_relation(None)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"articles": []}, "articles"),
        ({"batch": True}, "batch must be False"),
        ({"applicant": "neighbour"}, "applicant"),
        ({"max_persons": 0}, "max_persons"),
        ({"relations": ["cousin"]}, "relations"),
        ({"colour": "blue"}, "colour: Extra inputs"),
        ({"id": "company", "batch": True}, "describe each of"),
    ],
)
def test_broken_data_is_refused(change: dict[str, object], told: str, tmp_path: Path) -> None:
    assert loaded(read_services, changed(tmp_path))
    with pytest.raises(RuleBookError, match=told):
        loaded(read_services, changed(tmp_path, **change))

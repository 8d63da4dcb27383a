"""Broken rule data never loads: the error names the file and the entry."""

from collections.abc import Callable
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
import yaml

from models.errors import RuleBookError
from models.rules.book import load_rule_book
from models.rules.reading import DATA

Change = Callable[[dict[str, Any]], object]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return copytree(DATA, tmp_path / "data")


def rewrite(file: Path, change: Change) -> None:
    content = yaml.load(file.read_text("utf-8"), Loader=yaml.CSafeLoader)
    change(content)
    file.write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")


def entry(section: str, rule: str, **values: Any) -> Change:
    """Change values of one entry."""
    return lambda content: next(row for row in content[section] if row["id"] == rule).update(values)


def without(section: str, rule: str) -> Change:
    return lambda content: content[section].remove(next(row for row in content[section] if row["id"] == rule))


def twin(section: str, rule: str, **values: Any) -> Change:
    """Add a copy of one entry, under an id of its own."""

    def change(content: dict[str, Any]) -> None:
        row = next(row for row in content[section] if row["id"] == rule)
        content[section].append(row | {"id": f"{rule}.twin"} | values)

    return change


FEE, FEE_BEFORE = "residency_fee.art18.2025", "residency_fee.art18.until_2025"
SPOUSE = "residency_fee.art22.spouse_child.sponsor_19_21_25_31.2025"
FAMILY = {"article": [22], "relation": ["spouse", "child"]}
WORKERS = "exemption.health_insurance.kuwaiti_family_first_three_workers.2025"
BROKEN = [
    pytest.param(
        "residency_fees.yaml", entry("prices", FEE, effective_from="2025-12-25"), ["gap", FEE, "2025-12-23"], id="gap"
    ),
    pytest.param(
        "residency_fees.yaml",
        entry("prices", FEE_BEFORE, effective_from="2010-01-01"),
        ["gap", FEE_BEFORE, "earliest"],
        id="gap at the beginning",
    ),
    pytest.param(
        "residency_fees.yaml",
        entry("prices", FEE, effective_to="2026-12-31"),
        ["gap", FEE, "2027-01-01"],
        id="gap at the end",
    ),
    pytest.param(
        "residency_fees.yaml",
        entry("prices", FEE_BEFORE, effective_to="2025-12-23"),
        ["overlap", FEE, FEE_BEFORE, "2025-12-23"],
        id="overlap in time",
    ),
    pytest.param(
        "residency_fees.yaml", twin("prices", SPOUSE), ["overlap", SPOUSE, f"{SPOUSE}.twin"], id="two same prices"
    ),
    pytest.param(
        "residency_fees.yaml",
        entry("prices", SPOUSE, when=FAMILY | {"sponsor_article": [19, 21, 24]}),
        ["overlap", SPOUSE, "sponsor_24", "sponsor_article 24"],
        id="overlap in facts",
    ),
    pytest.param(
        "residency_fees.yaml",
        entry("prices", SPOUSE, when={"article": [22], "relation": ["spouse"], "sponsor_article": [19, 21, 25, 31]}),
        ["gap", "relation child", "sponsor_article 19"],
        id="missing price of one combination on one side of the cut-over",
    ),
    pytest.param(
        "residency_fees.yaml",
        lambda content: (without("prices", FEE)(content), without("prices", FEE_BEFORE)(content)),
        ["missing", "article 18"],
        id="missing price of an article",
    ),
    pytest.param(
        "residency_fees.yaml",
        without("prices", "residency_fee.art20.expatriate_family.worker_3.2025"),
        ["gap", "worker_no 3", "2025-12-23"],
        id="missing step of the ladder",
    ),
    pytest.param(
        "health_insurance.yaml",
        without("prices", "health_insurance.farm.2025"),
        ["gap", "farm True"],
        id="missing insurance",
    ),
    pytest.param("exemptions.yaml", twin("exemptions", WORKERS), ["overlap", WORKERS], id="two same exemptions"),
    pytest.param(
        "exemptions.yaml",
        without("exemptions", WORKERS),
        ["health_insurance.yaml", "worker_no 1"],
        id="missing exemption",
    ),
    pytest.param(
        "fines.yaml",
        entry("fines", "fine.residency_expired.2025", effective_from="2025-01-07"),
        ["gap", "fine.residency_expired.2025", "2025-01-05"],
        id="gap in the fines",
    ),
    pytest.param("fines.yaml", twin("fines", "fine.newborn_not_notified.2025"), ["overlap", "newborn"], id="two fines"),
    pytest.param(
        "durations.yaml",
        without("max_years", "duration.max_years.foreign_investor"),
        ["gap", "article 21", "2025-01-05"],
        id="article without a longest term",
    ),
    pytest.param(
        "durations.yaml",
        entry("min_years", "duration.min_years", reason_en="at least {weeks}"),
        ["duration.min_years", "weeks"],
        id="reason with an unknown word",
    ),
    pytest.param("collection.yaml", without("collections", "collection.fine"), ["gap", "fine"], id="no payee"),
    pytest.param(
        "collection.yaml",
        entry("collections", "collection.fine", payee="BANK"),
        ["collection.fine", "BANK"],
        id="unknown payee",
    ),
    pytest.param("residency_fees.yaml", entry("prices", FEE, source="S1,S999"), [FEE, "S999"], id="unknown source"),
    pytest.param(
        "services.yaml",
        entry("services", "family", source="S999"),
        ["family", "S999"],
        id="service of unknown source",
    ),
    pytest.param(
        "instruments.yaml",
        entry("instruments", "moh_306_2025", source="S999"),
        ["moh_306_2025", "S999"],
        id="unknown source of an instrument",
    ),
    pytest.param(
        "fines.yaml",
        entry("fines", "fine.residency_expired.2025", instrument="res_1_1900"),
        ["fine.residency_expired.2025", "res_1_1900"],
        id="unknown instrument",
    ),
    pytest.param("residency_fees.yaml", entry("prices", FEE, amount="20"), [FEE, "amount", "120.500"], id="bare"),
    pytest.param("residency_fees.yaml", entry("prices", FEE, amount=20.0), [FEE, "amount", "quotes"], id="a float"),
    pytest.param("residency_fees.yaml", entry("prices", FEE, amount="-5.000"), [FEE, "amount"], id="negative"),
    pytest.param(
        "fines.yaml",
        entry("fines", "fine.domestic_worker_expired.2025", cap="600"),
        ["fine.domestic_worker_expired.2025", "cap"],
        id="bad cap",
    ),
    pytest.param("residency_fees.yaml", entry("prices", FEE, colour="red"), [FEE, "colour"], id="unknown key"),
    pytest.param(
        "residency_fees.yaml", entry("prices", FEE, step="5.000"), [FEE, "worker_no"], id="step without a first worker"
    ),
    pytest.param(
        "residency_fees.yaml", entry("prices", FEE, effective_to="2025-01-01"), [FEE, "effective_from"], id="ends early"
    ),
    pytest.param(
        "other_fees.yaml",
        twin("other_fees", "civil_id.renewal", effective_from="2026-01-01"),
        ["overlap", "civil_id.renewal", "civil_id.renewal.twin", "2026-01-01"],
        id="two fees of one kind on the same days",
    ),
    pytest.param(
        "other_fees.yaml",
        twin("other_fees", "over_60_permit.without_degree", when={"article": [18], "age": {"min": 65}}),
        ["overlap", "over_60_permit.without_degree.twin", "65"],
        id="two fees of one kind for some of the same people",
    ),
    pytest.param(
        "collection.yaml",
        entry("collections", "collection.civil_id", collected=True),
        ["civil_id.renewal", "legal basis", "instrument"],
        id="a collected fee without its legal basis",
    ),
    pytest.param(
        "collection.yaml",
        entry("collections", "collection.civil_id", effective_from="2027-01-01"),
        ["gap", "civil_id", "without effective_from"],
        id="a kind of fee that nobody is paid for at first",
    ),
    pytest.param(
        "sources.yaml", entry("sources", "S2", date="2999-02-03"), ["S2", "2999-02-03", "edition"], id="newer source"
    ),
    pytest.param(
        "sources.yaml",
        lambda content: content.update(edition="2025-12"),
        ["S15", "2026-01", "edition"],
        id="old edition",
    ),
    pytest.param("sources.yaml", lambda content: content.pop("edition"), ["edition", "2026-01"], id="no edition"),
    pytest.param("sources.yaml", entry("sources", "S2", id="S1"), ["S1", "twice"], id="source id used twice"),
    pytest.param("exemptions.yaml", entry("exemptions", WORKERS, id=FEE), [FEE, "taken"], id="id used twice"),
    pytest.param(
        "services.yaml",
        entry("services", "government", articles=[17, 29, 16]),
        ["services.yaml", "government", "16"],
        id="service with an article that nobody prices",
    ),
    pytest.param(
        "scope.yaml",
        entry("scope", "scope.family", relation=["spouse", "child", "parent"]),
        ["services.yaml", "family", "22"],
        id="service with a relation that nobody prices",
    ),
]


@pytest.mark.parametrize(("file", "change", "named"), BROKEN)
def test_broken_entry_is_named(folder: Path, file: str, change: Change, named: list[str]) -> None:
    rewrite(folder / file, change)
    with pytest.raises(RuleBookError) as error:
        load_rule_book(folder)
    for words in (".yaml", *named):
        assert words in str(error.value)


def test_everything_that_is_written_wrongly_is_told_at_once(folder: Path) -> None:
    rewrite(folder / "residency_fees.yaml", entry("prices", FEE, amount=20.0, colour="red"))
    rewrite(folder / "documents.yaml", entry("kinds", "photo", media=[]))
    rewrite(folder / "services.yaml", entry("services", "family", max_persons=0))
    (folder / "fines.yaml").unlink()
    with pytest.raises(RuleBookError) as error:
        load_rule_book(folder)
    places = [
        f"residency_fees.yaml, section prices, entry {FEE}: amount",
        f"residency_fees.yaml, section prices, entry {FEE}: colour",
        "documents.yaml, section kinds, entry photo: media",
        "services.yaml, section services, entry family: max_persons",
        "fines.yaml cannot be read",
    ]
    assert len(error.value.faults) == len(places)
    assert all(any(fault.startswith(place) for fault in error.value.faults) for place in places)
    assert str(error.value).startswith("the rule data has 5 faults:")


def test_everything_that_does_not_fit_together_is_told_at_once(folder: Path) -> None:
    rewrite(folder / "residency_fees.yaml", entry("prices", FEE, effective_from="2025-12-25"))
    rewrite(folder / "durations.yaml", without("max_years", "duration.max_years.foreign_investor"))
    rewrite(folder / "collection.yaml", entry("collections", "collection.fine", payee="BANK"))
    rewrite(folder / "services.yaml", entry("services", "family", source="S999"))
    rewrite(folder / "documents.yaml", entry("requirements", "means_of_article_24", kind="diploma"))
    with pytest.raises(RuleBookError) as error:
        load_rule_book(folder)
    found = {fault.split(":")[0].split(",")[0] for fault in error.value.faults}
    assert found == {"residency_fees.yaml", "durations.yaml", "collection.yaml", "services.yaml", "documents.yaml"}
    assert len(error.value.faults) == 5


@pytest.mark.parametrize("file", sorted(path.name for path in DATA.glob("*.yaml")))
def test_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(RuleBookError, match=file):
        load_rule_book(folder)


@pytest.mark.parametrize("text", ["prices: [", "- just a list", "prices: 5"])
def test_file_that_is_no_rule_data_is_named(folder: Path, text: str) -> None:
    (folder / "residency_fees.yaml").write_text(text, "utf-8")
    with pytest.raises(RuleBookError, match=r"residency_fees\.yaml"):
        load_rule_book(folder)


def test_data_written_back_unchanged_loads(folder: Path) -> None:
    for file in folder.glob("*.yaml"):
        rewrite(file, lambda _: None)
    load_rule_book(folder)


def test_fees_of_one_kind_may_follow_one_another(folder: Path) -> None:
    rewrite(folder / "other_fees.yaml", entry("other_fees", "civil_id.renewal", effective_to="2025-12-31"))
    rewrite(
        folder / "other_fees.yaml",
        twin("other_fees", "civil_id.renewal", effective_from="2026-01-01", effective_to=None),
    )
    assert len([fee for fee in load_rule_book(folder).fees.other_fees if fee.kind == "civil_id"]) == 2

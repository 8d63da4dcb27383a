"""The blockers' data: complete in two languages, sound in their dates, refused when broken."""

from datetime import date
from pathlib import Path

import pytest
import yaml

from models.errors import RuleBookError
from models.rules.blockers import Blocker, BlockerRules, read_blockers
from tests.rule_data import loaded

RULES = loaded(read_blockers)
ENTRY = {
    "id": "traffic_fines_unpaid",
    "reason_en": "Unpaid: KD {amount}.",
    "reason_ar": "غير مسدّد: {amount} د.ك.",
    "office_en": "Traffic",
    "office_ar": "المرور",
    "remedy_en": "Pay.",
    "remedy_ar": "يُرجى السداد.",
    "source": "S27",
    "confidence": "high",
}


def written(folder: Path, *entries: dict[str, object]) -> Path:
    (folder / "blockers.yaml").write_text(yaml.safe_dump({"blockers": list(entries)}), "utf-8")
    return folder


@pytest.mark.parametrize("blocker", list(RULES), ids=lambda blocker: f"{blocker.id}-{blocker.effective_from}")
def test_every_blocker_speaks_both_languages_in_sentences(blocker: Blocker) -> None:
    english = [blocker.reason_en, blocker.remedy_en]
    arabic = [blocker.reason_ar, blocker.office_ar, blocker.remedy_ar]
    assert all(text.endswith(".") for text in [*english, blocker.reason_ar, blocker.remedy_ar])
    assert not [
        text for text in [*english, blocker.office_en] if any("\u0600" <= letter <= "\u06ff" for letter in text)
    ]
    assert all(any("\u0600" <= letter <= "\u06ff" for letter in text) for text in arabic)
    assert not [text for text in arabic if any("\u0660" <= letter <= "\u0669" for letter in text)]


def test_doubtful_blockers_say_that_they_need_confirmation() -> None:
    doubtful = {blocker.id for blocker in RULES if blocker.confidence == "low" and not blocker.needs_confirmation}
    assert doubtful == {"too_many_persons"}  # the product's own limit: nobody can confirm it


def test_the_newest_entry_of_a_rule_is_the_one_looked_up() -> None:
    assert RULES["absent_too_long"].effective_from == date(2025, 12, 23)
    with pytest.raises(RuleBookError, match="no blocker nonsense"):
        RULES["nonsense"]


@pytest.mark.parametrize("on", [date(2020, 1, 1), date(2025, 12, 22), date(2025, 12, 23), date(2030, 1, 1)])
def test_no_rule_is_in_force_twice(on: date) -> None:
    ids = [blocker.id for blocker in RULES.in_force(on)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"reason_ar": "غير مسدّد."}, "the same placeholders"),
        ({"remedy_en": "Pay {amount}."}, "the same placeholders"),
        ({"reason_en": "{a.b}", "reason_ar": "{a.b}"}, "not a plain placeholder"),
        ({"reason_en": "{", "reason_ar": "{"}, "reason|expected|Single"),
        ({"severity": "hard"}, "severity: Extra inputs"),
        ({"office_ar": None}, "office_ar"),
        ({"amount_kd": "800"}, "amount_kd"),
        ({"confidence": "certain"}, "confidence"),
    ],
)
def test_broken_data_is_refused_with_its_place(change: dict[str, object], told: str, tmp_path: Path) -> None:
    assert list(loaded(read_blockers, written(tmp_path, ENTRY)))
    with pytest.raises(RuleBookError, match=rf"blockers\.yaml.*traffic_fines_unpaid.*({told})"):
        loaded(read_blockers, written(tmp_path, {**ENTRY, **change}))


def test_two_entries_of_a_rule_may_follow_but_not_overlap(tmp_path: Path) -> None:
    old = {**ENTRY, "effective_to": date(2025, 12, 22)}
    new = {**ENTRY, "effective_from": date(2025, 12, 23)}
    assert len(list(loaded(read_blockers, written(tmp_path, old, new)))) == 2
    with pytest.raises(RuleBookError, match="two entries in force at once"):
        loaded(read_blockers, written(tmp_path, ENTRY, new))


def test_a_figure_that_the_data_lacks_is_an_error_of_the_rule_book() -> None:
    blocker = BlockerRules((Blocker.model_validate(ENTRY),))["traffic_fines_unpaid"]
    with pytest.raises(RuleBookError, match="no limit days"):
        blocker.limit("days")
    with pytest.raises(RuleBookError, match="no amount_kd"):
        blocker.amount  # noqa: B018 - reading it is the test


def test_a_file_that_is_missing_or_no_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RuleBookError, match=r"blockers\.yaml cannot be read"):
        loaded(read_blockers, tmp_path)
    (tmp_path / "blockers.yaml").write_text("blockers: {}", "utf-8")
    with pytest.raises(RuleBookError, match="list of entries"):
        loaded(read_blockers, tmp_path)

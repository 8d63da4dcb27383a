"""`.env.example` is the list of all settings: each with a comment, no secret filled in, nothing else."""

from itertools import pairwise

import pytest
from pydantic import ValidationError

from infra.settings import Settings
from tests.checkout import CHECKOUT
from tests.sample_settings import ENVIRONMENT, OPTIONAL, SECRETS, fields_of, read_settings

EXAMPLE = (CHECKOUT / ".env.example").read_text("utf-8").splitlines()
GIVEN = dict(line.split("=", 1) for line in EXAMPLE if line and not line.startswith("#"))
FIELDS = {f"RENEWAL_{name.replace('.', '__').upper()}": field for name, field in fields_of(Settings)}


def test_it_lists_every_setting_and_nothing_else() -> None:
    assert set(GIVEN) == set(FIELDS)
    assert len(GIVEN) == sum(1 for line in EXAMPLE if line and not line.startswith("#"))


def test_each_setting_is_explained_by_the_line_above_it() -> None:
    for above, line in pairwise(["", *EXAMPLE]):
        if line and not line.startswith("#"):
            assert above.startswith("# "), line
            assert len(above) <= 120


def test_secrets_are_marked_and_left_empty() -> None:
    marked = {line.split("=")[0] for above, line in pairwise(EXAMPLE) if "# Secret." in above}
    assert marked == set(SECRETS)
    assert {GIVEN[name] for name in marked} == {""}


def test_copied_as_it_is_it_names_exactly_the_secrets_that_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError) as refused:
        read_settings(monkeypatch, **{**dict.fromkeys(ENVIRONMENT), **GIVEN})
    missing = {"RENEWAL_" + "__".join(map(str, each["loc"])).upper() for each in refused.value.errors()}
    assert missing == {name for name in SECRETS if FIELDS[name].is_required() and not name.startswith(OPTIONAL)}


def test_its_values_are_the_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    needed = {name: ENVIRONMENT[name] for name in SECRETS if not name.startswith(OPTIONAL)}
    settings = read_settings(monkeypatch, **{**GIVEN, **needed})
    for variable, field in FIELDS.items():
        if field.is_required() or variable in SECRETS or variable.startswith(OPTIONAL):
            continue
        value: object = settings
        for part in variable.removeprefix("RENEWAL_").lower().split("__"):
            value = getattr(value, part)
        assert value == field.default, variable


def test_a_group_that_is_not_needed_is_empty_as_a_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    group = {name: value for name, value in GIVEN.items() if name.startswith(OPTIONAL)}
    assert set(group.values()) == {""}
    assert read_settings(monkeypatch, **group).tap is None


def test_a_filled_in_copy_is_not_taken_by_git() -> None:
    assert ".env" in (CHECKOUT / ".gitignore").read_text("utf-8").splitlines()

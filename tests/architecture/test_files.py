"""How files are cut and named, and what never stands in one."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT, PACKAGES, files, name, parsed, python_files

LONGEST = 300
DRAWERS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "service", "services", "base"}
NO_DRAWER = {
    "models/service.py": "the six services that a renewal is applied for, a word of the domain",
    "models/rules/services.py": "what the rule book says of each of those six services",
    "models/base.py": "what every table shares; it has no other name in SQLAlchemy's world",
}
CODE = (*PACKAGES, "manage.py", "tests")

MACHINE_PATHS = re.compile(r"(?<![\w.])/(?:root|work|home/\w+|Users/\w+|tmp/[\w.-]+|private/tmp)(?:/|\b)")
REGISTRIES = re.compile(
    r"\b(?:pypi\.org|pythonhosted\.org|proxy\.golang\.org|goproxy\.\w+|registry\.npmjs\.org|\w*artifactor[y]\.\w+|nexus\.\w+\.\w+)\b",
    re.IGNORECASE,
)
INDEX_LINES = re.compile(r"^\s*(?:--index-url|--extra-index-url|--find-links|-i)\b", re.MULTILINE)


def texts() -> Iterator[tuple[str, str]]:
    for path in files():
        try:
            yield name(path), path.read_text("utf-8")
        except UnicodeDecodeError:
            continue


def lines_with(pattern: re.Pattern[str]) -> list[str]:
    return [f"{file}: {found.group()}" for file, text in texts() for found in pattern.finditer(text)]


def test_no_file_is_longer_than_one_can_keep_in_mind() -> None:
    written = [path for path in python_files() if "infra/migrations/versions" not in name(path)]
    lengths = {name(path): len(path.read_text("utf-8").splitlines()) for path in written}
    assert {file: length for file, length in lengths.items() if length > LONGEST} == {}
    assert len(lengths) > 100


def test_every_module_says_in_one_sentence_what_lives_in_it() -> None:
    """The first line, as a sentence; a test folder's conftest is found by its name alone."""
    for file, tree in parsed(CODE):
        first = (ast.get_docstring(tree) or "").partition("\n")[0]
        if "infra/migrations/" in file:
            assert first, file
        else:
            assert re.fullmatch(r".{10,}[.:;…`]", first), f"{file}: {first!r}"


def test_no_file_is_named_like_a_drawer_where_anything_fits() -> None:
    drawers = {name(path) for path in python_files() if path.stem in DRAWERS}
    assert drawers == set(NO_DRAWER)


def test_templates_hold_no_python_and_python_holds_no_pages() -> None:
    assert [name(path) for path in files() if path.suffix == ".py" and "templates" in path.parts] == []
    assert [name(path) for path in files() if path.suffix == ".html" and "templates" not in path.parts] == []


def test_no_path_of_somebodys_machine_is_in_the_project() -> None:
    assert lines_with(MACHINE_PATHS) == []


def test_no_package_index_is_named_in_the_project() -> None:
    """Where packages come from is the machine's affair; the locks hold hashes."""
    assert lines_with(REGISTRIES) == []
    locks = [path for path in files() if path.parent == CHECKOUT / "requirements"]
    assert locks
    assert [name(path) for path in locks if INDEX_LINES.search(path.read_text("utf-8"))] == []


@pytest.mark.parametrize("path", ["/" + "root/.ssh", "see /" + "home/alice/x", "open('/" + "tmp/x')"])
def test_a_machine_path_is_seen(path: str) -> None:
    assert MACHINE_PATHS.search(path)


@pytest.mark.parametrize("host", ["py" + "pi.org", "files.python" + "hosted.org", "proxy.go" + "lang.org"])
def test_a_package_index_is_seen(host: str) -> None:
    assert REGISTRIES.search(f"https://{host}/simple")


@pytest.mark.parametrize("text", ["var/tmp/x", "https://example/home", "a/work/b", "/workers"])
def test_what_only_looks_like_one_is_not(text: str) -> None:
    assert not MACHINE_PATHS.search(text)


def test_nothing_that_is_made_is_tracked() -> None:
    made = {".pyc", ".log", ".sqlite", ".db", ".pem", ".key"}
    assert [name(path) for path in files() if path.suffix in made or Path(name(path)).parts[0] == "var"] == []

"""Every command that the product or its documents tell people to run can be pasted where the README stands."""

import ast
import re
from collections.abc import Iterator

import pytest
from typer.core import TyperArgument, TyperGroup, TyperOption
from typer.main import get_command

from infra.remedies import MANAGE
from manage import app
from tests.checkout import CHECKOUT, parsed

PRODUCT = ("models", "infra", "tasks", "flows", "web", "manage.py")
ITS_OWN_HOME = "infra/remedies.py"
PAGES = ("README.md", "docs/operations.md", "docs/payments.md", "docs/ledger-export.md")
COMMAND = re.compile(rf"{re.escape(MANAGE)} ([^`\n]*)")
CUT_SHORT = re.compile(rf"(?<!{re.escape(MANAGE.removesuffix('manage.py'))})manage\.py [a-z]")


def told(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """The text in the code, without docstrings, which are for who reads it."""
    described = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    quiet = {id(node.body[0].value) for node in ast.walk(tree) if isinstance(node, described) and _begins_so(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in quiet:
            yield node.lineno, node.value


def _begins_so(node: ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    return bool(node.body) and isinstance(node.body[0], ast.Expr)


def written(tree: ast.Module) -> Iterator[tuple[int, list[str]]]:
    """Every command of ours in the code's texts, in words; what is filled in is X."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            text = "".join(str(each.value) if isinstance(each, ast.Constant) else _filled(each) for each in node.values)
            yield from ((node.lineno, each.split()) for each in COMMAND.findall(text))


def _filled(value: ast.expr) -> str:
    name = value.value if isinstance(value, ast.FormattedValue) else value
    return MANAGE if isinstance(name, ast.Name) and name.id == "MANAGE" else "X"


def lacking(words: list[str]) -> list[str]:
    """What the command must be given and is not; nothing when it only points to its help."""
    command, left = get_command(app), list(words)
    while left and isinstance(command, TyperGroup) and left[0] in command.commands:
        command = command.commands[left.pop(0)]
    if isinstance(command, TyperGroup) or "--help" in left:
        return []
    required = [each for each in command.params if each.required]
    options = [each.opts[0] for each in required if isinstance(each, TyperOption) and not set(each.opts) & set(left)]
    arguments = [each for each in required if isinstance(each, TyperArgument)]
    return [*options, *(str(each.name) for each in arguments[:1] if not left or left[0].startswith("-"))]


def test_a_command_is_written_with_all_that_it_must_be_given() -> None:
    found = ((file, line, words) for file, tree in parsed(PRODUCT) for line, words in written(tree))
    assert [f"{file}:{line} lacks {what}" for file, line, words in found for what in lacking(words)] == []


def test_code_writes_a_command_in_one_way() -> None:
    texts = ((file, line, text) for file, tree in parsed(PRODUCT) if file != ITS_OWN_HOME for line, text in told(tree))
    assert [f"{file}:{line}" for file, line, text in texts if "manage.py " in text] == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_write_a_command_in_full(page: str) -> None:
    assert CUT_SHORT.findall((CHECKOUT / page).read_text("utf-8")) == []


def test_program_that_remedies_name_is_here() -> None:
    *_, program = MANAGE.split()
    assert (CHECKOUT / program).is_file()
    assert f"{MANAGE} --help" in (CHECKOUT / "README.md").read_text("utf-8")

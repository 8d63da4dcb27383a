"""Every command that the product or its documents tell people to run can be pasted where the README stands."""

import ast
import re
from collections.abc import Iterator

import pytest

from infra.remedies import MANAGE
from tests.checkout import CHECKOUT, parsed

PRODUCT = ("models", "infra", "tasks", "flows", "web", "manage.py")
ITS_OWN_HOME = "infra/remedies.py"
PAGES = ("README.md", "docs/operations.md", "docs/payments.md", "docs/ledger-export.md")
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

"""One door for status: only `apply` of a record moves it, and what `apply` returns is never thrown away."""

import ast
from collections.abc import Iterator

import pytest

from tests.checkout import parsed

COLUMNS = {"status", "state"}
RECORDS = {"Case", "Document", "PaymentOrder", "PaymentAttempt", "Refund"}


def assigned(node: ast.AST) -> Iterator[ast.expr]:
    """Every place that the statement writes to, those inside `a, b = …` too."""
    match node:
        case ast.Assign(targets=targets):
            pass
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target) | ast.For(target=target):
            targets = [target]
        case _:
            return
    for target in targets:
        yield from (each for each in ast.walk(target) if isinstance(each, ast.expr))


def moved_by_hand(tree: ast.AST) -> Iterator[int]:
    """Lines that write a status column, by attribute or by name."""
    for node in ast.walk(tree):
        for target in assigned(node):
            if isinstance(target, ast.Attribute) and target.attr in COLUMNS and isinstance(target.ctx, ast.Store):
                yield target.lineno
        if isinstance(node, ast.Call) and _writes_by_name(node):
            yield node.lineno


def _writes_by_name(call: ast.Call) -> bool:
    named = {keyword.arg for keyword in call.keywords} & COLUMNS
    match call.func:
        case ast.Name("setattr"):
            return isinstance(call.args[1], ast.Constant) and call.args[1].value in COLUMNS
        case ast.Name(kind) if kind in RECORDS:
            return bool(named)
        case ast.Attribute(attr="values" | "sqlmodel_update" | "model_copy"):
            return bool(named)
    return False


def thrown_away(tree: ast.AST) -> Iterator[int]:
    """Lines that call `.apply(…)` and drop the row of history that it returns."""
    for node in ast.walk(tree):
        match node:
            case ast.Expr(value=ast.Call(func=ast.Attribute(attr="apply"))):
                yield node.lineno


PRODUCT = list(parsed(("infra", "tasks", "flows", "web", "manage.py")))


def test_nothing_outside_the_models_moves_a_status_by_hand() -> None:
    found = [f"{file}:{line}" for file, tree in PRODUCT for line in moved_by_hand(tree)]
    assert found == [], "move it by its event: record.apply(event, act)"


def test_no_row_of_history_is_thrown_away() -> None:
    found = [f"{file}:{line}" for file, tree in PRODUCT for line in thrown_away(tree)]
    assert found == [], "add what apply returns to the session that commits the new status"


def test_inside_the_models_only_apply_moves_a_status() -> None:
    """An error's `__init__` may keep the state that refused; records have no `__init__` of their own."""
    for file, tree in parsed(("models",)):
        allowed = {
            line
            for node in ast.walk(tree)
            if isinstance(node, ast.FunctionDef) and node.name in {"apply", "__init__"}
            for line in range(node.lineno, (node.end_lineno or 0) + 1)
        }
        assert [f"{file}:{line}" for line in moved_by_hand(tree) if line not in allowed] == []


@pytest.mark.parametrize(
    "line",
    [
        "case.status = CaseStatus.PAID",
        "order.attempt.state = x",
        "a, case.status = 1, 2",
        "case.status += 'x'",
        "setattr(case, 'status', x)",
        "Case(reference='RN-1', status=x)",
        "session.execute(update(Case).values(status='paid'))",
    ],
)
def test_the_door_is_watched(line: str) -> None:
    assert list(moved_by_hand(ast.parse(line))) == [1]


@pytest.mark.parametrize("line", ["app.state.ports = x", "x = case.status", "all_of(session, Case, status=x)"])
def test_reading_a_status_is_no_move(line: str) -> None:
    assert list(moved_by_hand(ast.parse(line))) == []


def test_a_dropped_row_is_seen() -> None:
    assert list(thrown_away(ast.parse("case.apply(event, act)"))) == [1]
    assert list(thrown_away(ast.parse("session.add(case.apply(event, act))"))) == []

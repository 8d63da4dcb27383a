"""Making mutants: Cosmic Ray's operators for code, and two of our own for tables and members of enumerations."""

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import EnumMeta
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Final

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ANOTHER_MEMBER: Final = "another member"
LEFT_OUT: Final = "left out"

WHOLE: Final = ("models.payments.decision", "models.payments.checks", "models.payments.order_status", "models.states")
MACHINES: Final = ("models.payments.attempt", "models.payments.order", "models.payments.refund")
"""Of these the machine's table, the set of live states, and `apply`; the rest declares columns of the database."""

_WANTED: Final = re.compile(
    r"""Replace(?:
        BinaryOperator_(?:Add_Sub|Sub_Add)  # of times and fils any other raises TypeError; `|` is of annotations
      | ComparisonOperator_(?:Is_IsNot|IsNot_Is|(?:Eq|NotEq|LtE?|GtE?)_(?:Eq|NotEq|LtE?|GtE?))
      | UnaryOperator_.* | True.* | False.* | And.* | Or.* | Break.* | Continue.*
    ) | AddNot | NumberReplacer | RemoveDecorator | ExceptionReplacer | ZeroIterationForLoop""",
    re.VERBOSE,
)
"""Cosmic Ray's operators without those whose mutants cannot run at all, and would flatter the result."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One module with one small change; `before` and `after` are the first line that differs."""

    module: str
    operator: str
    line: int
    before: str
    after: str
    source: str


def all_mutants() -> list[Mutant]:
    """Every mutant once, although two operators may make the same."""
    found = {mutant.source: mutant for name in (*WHOLE, *MACHINES) for mutant in mutants_of(name)}
    return list(found.values())


def mutants_of(name: str) -> Iterator[Mutant]:
    module = importlib.import_module(name)
    original = Path(inspect.getfile(module)).read_text("utf-8")
    lines = set(_lines(original, whole=name in WHOLE))
    for operator, source in (*_of_cosmic_ray(original), *_of_tables(original, module)):
        mutant = _compared(name, operator, original, source)
        if mutant is not None and mutant.line - 1 in lines:
            yield mutant


def _compared(name: str, operator: str, original: str, source: str) -> Mutant | None:
    pairs = zip(original.splitlines(), source.splitlines(), strict=False)
    for number, (before, after) in enumerate(pairs, start=1):
        if before != after:
            return Mutant(name, operator, number, before.strip(), after.strip(), source)
    return None


def _of_cosmic_ray(original: str) -> Iterator[tuple[str, str]]:
    for operator in operator_names():
        made = get_operator(operator)
        if made.arguments() or not _WANTED.fullmatch(operator.partition("/")[2]):
            continue
        for occurrence in count():
            source = mutate_code(original, made(), occurrence)
            if source is None:
                break
            yield operator.partition("/")[2], source


def _of_tables(original: str, module: ModuleType) -> Iterator[tuple[str, str]]:
    for node in ast.walk(ast.parse(original)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            members = getattr(module, node.value.id, None)
            if isinstance(members, EnumMeta) and node.attr in members.__members__:
                names = list(members.__members__)
                other = names[(names.index(node.attr) + 1) % len(names)]
                yield ANOTHER_MEMBER, _replaced(original, node, node, f"{node.value.id}.{other}")
        elif isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                yield LEFT_OUT, _replaced(original, key or value, value, "")
        elif isinstance(node, ast.Set):
            for element in node.elts:
                yield LEFT_OUT, _replaced(original, element, element, "")


def _replaced(original: str, first: ast.expr, last: ast.expr, text: str) -> str:
    """The source with `text` in place of all from one expression to another; of an entry that goes, its comma too."""
    start, end = _offset(original, first.lineno, first.col_offset), last.end_lineno or 0
    stop = _offset(original, end, last.end_col_offset or 0)
    rest = original[stop:] if text else original[stop:].removeprefix(",")
    return original[:start] + text + rest


def _offset(source: str, line: int, column: int) -> int:
    """In characters; `column` counts bytes."""
    lines = source.splitlines(keepends=True)
    return sum(map(len, lines[: line - 1])) + len(lines[line - 1].encode()[:column].decode())


def _lines(original: str, *, whole: bool) -> Iterator[int]:
    """From 0: all tables and functions, or of a machine's module the tables and `apply`; never how a class looks."""
    tree = ast.parse(original)
    tables = [node for node in tree.body if isinstance(node, ast.AnnAssign | ast.Assign)]
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for node in (*tables, *(each for each in functions if whole or each.name == "apply")):
        yield from range(node.lineno - 1, node.end_lineno or node.lineno)

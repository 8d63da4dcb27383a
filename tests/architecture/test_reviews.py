"""Every question that staff have words and rules for is asked somewhere: one that nobody raises is a promise unkept."""

import ast
from collections.abc import Iterator

import pytest

from models.payments.review import ReviewKind, review_rules
from tests.checkout import PACKAGES, parsed


def raised(tree: ast.AST) -> Iterator[str]:
    """The kinds that are handed to `open_review`, or that a decision names as its `review`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name("open_review"), args=[_, asked, *_]):
                yield from kinds_in(asked)
            case ast.keyword(arg="review", value=asked):
                yield from kinds_in(asked)
            case ast.Assign(targets=[ast.Name("review")], value=asked):
                yield from kinds_in(asked)


def kinds_in(expression: ast.AST) -> Iterator[str]:
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "ReviewKind":
            yield node.attr


RAISED = {kind for _, tree in parsed(PACKAGES) for kind in raised(tree)}


@pytest.mark.parametrize("kind", review_rules(), ids=lambda kind: kind.value)
def test_every_kind_of_question_is_raised_somewhere(kind: ReviewKind) -> None:
    assert kind.name in RAISED


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("open_review(session, ReviewKind.MISMATCH, subject=x, act=act)", {"MISMATCH"}),
        ("Decision(review=ReviewKind.REVERSED if late else None)", {"REVERSED"}),
        ("review = ReviewKind.REVERSED if late else None", {"REVERSED"}),
        ("close_healed(session, ReviewKind.MISMATCH, subject=x, act=act)", set()),
        ("all_of(session, ReviewItem, kind=ReviewKind.MISMATCH)", set()),
        ("if item.kind is ReviewKind.MISMATCH: pass", set()),
    ],
)
def test_to_raise_is_told_from_to_look_for(code: str, names: set[str]) -> None:
    assert set(raised(ast.parse(code))) == names

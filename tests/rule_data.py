"""One part of the rule data, read and checked by itself."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from models.rules.reading import DATA, tell

Rules = TypeVar("Rules")


def loaded(
    read: Callable[[Path, list[str]], Rules],
    folder: Path = DATA,
    *,
    check: Callable[[Any], Iterable[str]] = lambda rules: rules.faults(),
) -> Rules:
    faults: list[str] = []
    rules = read(folder, faults)
    tell(faults)
    tell(check(rules))
    return rules

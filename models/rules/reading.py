"""Reads rule data: the sections of one YAML file, each a list of entries, into frozen and validated types."""

from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from models.errors import RuleBookError

DATA: Final = Path(__file__).parent / "data"

Entry = TypeVar("Entry", bound=BaseModel)


def read_file(folder: Path, file: str) -> dict[str, Any]:
    """The sections of one file, or RuleBookError."""
    try:
        # libyaml's safe loader, part of PyYAML's wheels: ten times as fast as the one in Python.
        content = yaml.load((folder / file).read_text("utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: a day that no calendar has
        raise RuleBookError(f"{file} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise RuleBookError(f"{file} must hold named sections")
    return content


def entries(content: dict[str, Any], section: str, kind: type[Entry], *, file: str) -> tuple[Entry, ...]:
    """Every entry of a section; RuleBookError names the file, the entry and the key that is wrong or unknown."""
    rows = _section(content, section, file=file)
    if not isinstance(rows, list):
        raise RuleBookError(f"{file}, section {section}: must be a list of entries")
    return tuple(
        _validated(row, kind, where=f"{file}, section {section}, entry {_name(row, position)}")
        for position, row in enumerate(rows, start=1)
    )


def entry(content: dict[str, Any], section: str, kind: type[Entry], *, file: str) -> Entry:
    """The one entry that a section holds."""
    return _validated(_section(content, section, file=file), kind, where=f"{file}, section {section}")


def _section(content: dict[str, Any], section: str, *, file: str) -> Any:
    try:
        return content[section]
    except KeyError:
        raise RuleBookError(f"{file} has no section {section}") from None


def _name(row: Any, position: int) -> str:
    return str(row.get("id", position)) if isinstance(row, dict) else str(position)


def _validated(row: Any, kind: type[Entry], *, where: str) -> Entry:
    try:
        return kind.model_validate(row)
    except ValidationError as error:
        problems = "; ".join(f"{'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors())
        raise RuleBookError(f"{where}: {problems}") from None

"""Reads rule data: the sections of one YAML file, each a list of entries, into frozen and validated types.

What is wrong is gathered, so that whoever edits the data hears of everything at once.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from models.errors import RuleBookError

DATA: Final = Path(__file__).parent / "data"

Entry = TypeVar("Entry", bound=BaseModel)


def tell(faults: Iterable[str]) -> None:
    """RuleBookError with all of them, each once; nothing when there are none."""
    if found := dict.fromkeys(faults):
        raise RuleBookError(*found)


class RuleFile:
    """One file. What is wrong in it is added to `faults`, and what is right is given."""

    def __init__(self, folder: Path, name: str, faults: list[str]) -> None:
        self.name = name
        self._faults = faults
        read = self._read(folder)
        self._is_read, self._sections = read is not None, read or {}

    def entries(self, section: str, kind: type[Entry]) -> tuple[Entry, ...]:
        """Every sound entry of a section; a fault names the file, the entry and the key that is wrong or unknown."""
        rows = self._section(section)
        if not isinstance(rows, list):
            if section in self._sections:
                self._faults.append(f"{self.name}, section {section}: must be a list of entries")
            return ()
        places = [f"{self.name}, section {section}, entry {_name(row, at)}" for at, row in enumerate(rows, start=1)]
        read = [self._validated(row, kind, where=where) for row, where in zip(rows, places, strict=True)]
        return tuple(entry for entry in read if entry is not None)

    def entry(self, section: str, kind: type[Entry]) -> Entry | None:
        """The one entry that a section holds; None when it is not sound."""
        row = self._section(section)
        return None if row is None else self._validated(row, kind, where=f"{self.name}, section {section}")

    def value(self, key: str) -> Any:
        """As it is written; None when there is none."""
        return self._sections.get(key)

    def _section(self, section: str) -> Any:
        if section not in self._sections and self._is_read:
            self._faults.append(f"{self.name} has no section {section}")
        return self._sections.get(section)

    def _read(self, folder: Path) -> dict[str, Any] | None:
        try:
            # libyaml's safe loader, part of PyYAML's wheels: ten times as fast as the one in Python.
            content = yaml.load((folder / self.name).read_text("utf-8"), Loader=yaml.CSafeLoader)
        except (OSError, ValueError, yaml.YAMLError) as error:  # ValueError: a day that no calendar has
            self._faults.append(f"{self.name} cannot be read: {error}")
            return None
        if isinstance(content, dict):
            return content
        self._faults.append(f"{self.name} must hold named sections")
        return None

    def _validated(self, row: Any, kind: type[Entry], *, where: str) -> Entry | None:
        try:
            return kind.model_validate(row)
        except ValidationError as error:
            self._faults += [f"{where}: {'.'.join(map(str, part['loc']))}: {part['msg']}" for part in error.errors()]
            return None


def twice(file: str, ids: Iterable[str]) -> Iterator[str]:
    """The ids that stand there more than once."""
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            yield f"{file}, entry {each}: the id is there twice"
        seen.add(each)


def _name(row: Any, position: int) -> str:
    return str(row.get("id", position)) if isinstance(row, dict) else str(position)

"""Processor seconds of the stack's parts, read from /proc: each part with everything that it started."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_TICK: Final = os.sysconf("SC_CLK_TCK")
_PARENT, _USER, _SYSTEM, _REAPED_USER, _REAPED_SYSTEM = 1, 11, 12, 13, 14  # proc(5), counted after the command


@dataclass(frozen=True, slots=True)
class Spent:
    """Seconds of the part's first process, and of all that it started, dead or alive."""

    own: float
    children: float

    def __sub__(self, before: "Spent") -> "Spent":
        return Spent(self.own - before.own, self.children - before.children)


def spent(pids: Mapping[str, int]) -> dict[str, Spent]:
    """By name. A process that died counts where its parent waited for it."""
    table = _processes()
    return {name: _spent(pid, table) for name, pid in pids.items()}


def _spent(root: int, table: Mapping[int, list[int]]) -> Spent:
    first = table[root]
    children = first[_REAPED_USER] + first[_REAPED_SYSTEM]
    for pid in _below(root, table):
        children += sum(table[pid][_USER : _REAPED_SYSTEM + 1])
    return Spent((first[_USER] + first[_SYSTEM]) / _TICK, children / _TICK)


def _below(root: int, table: Mapping[int, list[int]]) -> list[int]:
    found = [pid for pid, row in table.items() if row[_PARENT] == root]
    return found + [deeper for pid in found for deeper in _below(pid, table)]


def _processes() -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                row = (entry / "stat").read_text().rpartition(")")[2].split()
            except (FileNotFoundError, ProcessLookupError):
                continue
            found[int(entry.name)] = [0, *map(int, row[1 : _REAPED_SYSTEM + 1])]
    return found

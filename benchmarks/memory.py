"""Memory of the stack's parts, read from /proc: each part with everything that it started."""

from collections.abc import Mapping
from pathlib import Path

from infra.stack import procfs

_SHARE = "Pss:"  # proportional: what several processes share is counted once


def memory_mb(pids: Mapping[str, int]) -> dict[str, float]:
    """By name, in megabytes."""
    return {name: sum(_of(each.pid) for each in procfs.session_members(pid)) / 1000 for name, pid in pids.items()}


def _of(pid: int) -> int:
    """Kilobytes; none of a process that has gone."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(_SHARE)), 0)

"""How much memory this process holds."""

import os
from pathlib import Path
from typing import Final

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_RESIDENT: Final = 1  # proc(5): the second field of statm, in pages


def memory_mb() -> int:
    """Resident, in megabytes; its children are not in it."""
    return int(Path("/proc/self/statm").read_text().split()[_RESIDENT]) * _PAGE // 1_000_000

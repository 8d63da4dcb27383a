"""What Linux tells about processes: number and moment of the start name one for ever, a number alone does not."""

from dataclasses import dataclass
from pathlib import Path

_STATE, _SESSION, _STARTED = 0, 3, 19  # proc(5): fields 3, 6 and 22; counted here after the command's closing bracket


@dataclass(frozen=True, slots=True)
class Process:
    pid: int
    session: int
    started: int  # clock ticks since boot


def look(pid: int) -> Process | None:
    """The process, or None when it is gone or only waits to be reaped."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    if fields[_STATE] in "ZX":
        return None
    return Process(pid=pid, session=int(fields[_SESSION]), started=int(fields[_STARTED]))


def session_members(session: int) -> list[Process]:
    """The living processes of a session."""
    numbers = (int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit())
    found = (look(pid) for pid in numbers)
    return [process for process in found if process is not None and process.session == session]


def boot_id() -> str:
    """Changes with every boot of the machine."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def working_in(folder: Path) -> list[Process]:
    """The living processes whose working folder this is, as far as we may see."""
    found: list[Process] = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and _working_folder(entry) == folder.resolve():
            process = look(int(entry.name))
            found += [process] if process else []
    return found


def _working_folder(entry: Path) -> Path | None:
    try:
        return (entry / "cwd").readlink()
    except OSError:  # gone, or another user's
        return None

"""What Linux tells about processes: number and moment of the start name one for ever, a number alone does not."""

from dataclasses import dataclass
from pathlib import Path

_STATE, _SESSION, _STARTED = 0, 3, 19  # proc(5): fields 3, 6 and 22; counted here after the command's closing bracket
_LISTENING = "0A"  # proc(5): the state of a socket in /proc/net/tcp


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


def listens(session: int, port: int) -> bool:
    """Whether a process of this session listens on the port of this machine's loopback."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    return any(sockets & _open_files(member.pid) for member in session_members(session))


def _listening_inodes(port: int) -> list[str]:
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return [row[9] for row in rows if row[3] == _LISTENING and int(row[1].rpartition(":")[2], 16) == port]


def _open_files(pid: int) -> set[str]:
    found: set[str] = set()
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            found.add(str(entry.readlink()))
    except OSError:  # gone meanwhile, or another user's
        return found
    return found


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

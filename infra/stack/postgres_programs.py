"""Find the machine's own PostgreSQL server programs."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.stack.errors import StackError

OLDEST: Final = 15


@dataclass(frozen=True, slots=True)
class Programs:
    folder: Path
    major: int

    def __getitem__(self, name: str) -> str:
        return str(self.folder / name)


def find(existing: int | None) -> Programs:
    """The newest programs; when a cluster exists, those of the version that made it. StackError names the remedy."""
    found = {programs.major: programs for programs in _candidates()}
    if existing is not None:
        if existing not in found:
            raise StackError(
                f"The local database was made by PostgreSQL {existing}, whose programs are not here (found: "
                f"{_list(found)}). Install PostgreSQL {existing}, or give the data up with `make clean`."
            )
        return found[existing]
    newest = max(found, default=0)
    if newest < OLDEST:
        raise StackError(
            f"PostgreSQL {OLDEST} or newer is needed; found: {_list(found)}. `make setup` installs the package."
        )
    return found[newest]


def _list(found: dict[int, Programs]) -> str:
    return ", ".join(str(major) for major in sorted(found)) or "none"


def _candidates() -> Iterator[Programs]:
    for folder in _folders():
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            yield Programs(folder, _major(folder))


def _folders() -> Iterator[Path]:
    on_path = shutil.which("initdb")
    if on_path:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"))  # Debian, Ubuntu
    yield from sorted(Path("/usr").glob("pgsql-*/bin"))  # PostgreSQL's own RPMs
    config = shutil.which("pg_config")
    if config:
        yield Path(_output([config, "--bindir"]))


def _major(folder: Path) -> int:
    version = re.search(r"\(PostgreSQL\) (\d+)", _output([str(folder / "postgres"), "--version"]))
    return int(version[1]) if version else 0


def _output(command: list[str]) -> str:
    return subprocess.run(command, check=False, capture_output=True, text=True).stdout.strip()  # noqa: S603 - found above

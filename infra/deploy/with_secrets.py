"""Start a command with each file of the secrets' folder as a variable of its name: `with_secrets.py COMMAND...`.

Secrets come as files because files are not shown by `docker inspect`, `kubectl describe` or a crash report. An empty
file counts as not given. A variable that is already set is refused: two answers to one question are a mistake.
Standard library only; it is the entry point of the image and runs as a file.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

FOLDER = Path("/run/secrets")
OURS = re.compile(r"(?:RENEWAL|PREFECT)_[A-Z0-9_]+")


def read_secrets(folder: Path, *, already: Mapping[str, str]) -> dict[str, str]:
    """What the files of this folder say; ValueError names a variable that is set as well."""
    found: dict[str, str] = {}
    for file in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not OURS.fullmatch(file.name):
            continue
        if file.name in already:
            raise ValueError(f"{file.name} is set in the environment and is a file in {folder}; keep the file only")
        if value := file.read_text("utf-8").strip():
            found[file.name] = value
    return found


def main() -> None:
    command = sys.argv[1:]
    try:
        os.environ.update(read_secrets(FOLDER, already=os.environ))
    except (OSError, ValueError) as error:
        sys.exit(f"with_secrets: {error}")
    os.execvp(command[0], command)  # noqa: S606 - the command of the image, without a shell


if __name__ == "__main__":
    main()

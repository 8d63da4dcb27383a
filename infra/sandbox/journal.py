"""An append-only file of JSON lines: what the sandbox did, read again when it starts."""

import json
import os
import weakref
from pathlib import Path
from typing import Any


class Journal:
    """Survives the death of the process: a line that was cut short is dropped when the file is read.

    The file stays open; a line is with the operating system before `append` returns.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        weakref.finalize(self, os.close, self._file)

    def replay(self) -> list[dict[str, Any]]:
        written = self._path.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        if len(whole) < len(written):
            os.truncate(self._path, len(whole))
        return [json.loads(line) for line in whole.splitlines()]

    def append(self, entry: dict[str, Any]) -> None:
        """One write for one line, so that threads do not mix theirs."""
        os.write(self._file, json.dumps(entry, ensure_ascii=False).encode() + b"\n")

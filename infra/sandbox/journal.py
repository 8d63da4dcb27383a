"""An append-only file of JSON lines: what the sandbox did, read again when it starts."""

import json
from pathlib import Path
from threading import Lock
from typing import Any


class Journal:
    """Survives the death of the process: a line that was cut short is dropped when the file is read."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
        self._path = path
        self._lock = Lock()

    def replay(self) -> list[dict[str, Any]]:
        written = self._path.read_bytes()
        whole = written[: written.rfind(b"\n") + 1]
        if len(whole) < len(written):
            self._path.write_bytes(whole)
        return [json.loads(line) for line in whole.splitlines()]

    def append(self, entry: dict[str, Any]) -> None:
        line = json.dumps(entry, ensure_ascii=False) + "\n"
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(line)

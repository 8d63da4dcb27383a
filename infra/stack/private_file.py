"""Files that only their owner may read."""

import os
from pathlib import Path


def write(file: Path, text: str) -> None:
    """Whole or not at all, and never for a moment readable by others."""
    draft = file.with_name(f"{file.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(text)
    draft.replace(file)

"""The Python packages, exactly as locked in `requirements/`, in `.venv`; touched only when the lock changed."""

import hashlib
import os
import sys
from pathlib import Path
from typing import Final

from infra.setup.shell import ROOT, output_of, run, succeeds

VENV: Final = ROOT / ".venv"
PYTHON: Final = VENV / "bin" / "python"
TOOLS: Final = VENV / "tools"  # a small environment of its own, because `uv pip sync` empties the one it fills
LOCKS: Final = ("requirements/run.txt", "requirements/dev.txt")
TOOL_LOCK: Final = "requirements/uv.txt"
STAMP: Final = VENV / "locked"


def fingerprint(root: Path, python: str) -> str:
    """Changes when a lock or the Python under it changes."""
    digest = hashlib.sha256(python.encode())
    for name in (*LOCKS, TOOL_LOCK):
        digest.update((root / name).read_bytes())
    return digest.hexdigest()


def install() -> None:
    """Bring `.venv` to the lock. Safe to repeat and to interrupt: the stamp is written last."""
    wanted = fingerprint(ROOT, sys.version)
    if STAMP.exists() and STAMP.read_text() == wanted and succeeds([PYTHON, "-c", ""]):
        return
    STAMP.unlink(missing_ok=True)
    if output_of([PYTHON, "-c", "import sys; print(sys.version)"]) != sys.version:
        run("Python environment in .venv", [sys.executable, "-m", "venv", "--clear", str(VENV)])
    sync = [str(uv()), "pip", "sync", "--require-hashes", "--compile-bytecode", "--python", str(PYTHON)]
    run("Python packages, as locked", [*sync, *LOCKS], environment=index_settings())
    STAMP.write_text(wanted)


def uv() -> Path:
    """The locked uv, brought by pip into an environment of its own."""
    program = TOOLS / "bin" / "uv"
    if not succeeds([program, "--version"]):
        run("environment of the installer", [sys.executable, "-m", "venv", "--clear", TOOLS])
    pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run("the installer, uv", [*pip, "--require-hashes", "--requirement", TOOL_LOCK])
    return program


def lock(*, upgrade: bool) -> None:
    """Rewrite the locks from the `.in` files; pins stay unless `upgrade`."""
    program = str(uv())
    command = [program, "pip", "compile", "--universal", "--generate-hashes", "--quiet"]
    command += ["--python-version", "3.11", "--custom-compile-command", "make lock"]
    if upgrade:
        command += ["--upgrade"]
    for name in (TOOL_LOCK, *LOCKS):
        source = name.replace(".txt", ".in")
        run(f"{name} from {source}", [*command, source, "--output-file", name], environment=index_settings())


def index_settings() -> dict[str, str]:
    """What this machine has told pip about indexes and certificates, in uv's words; uv does not read pip's."""
    pip = output_of([sys.executable, "-m", "pip", "config", "list"])
    told = dict(line.split("=", 1) for line in pip.splitlines() if "=" in line)
    words = {"index-url": "UV_DEFAULT_INDEX", "find-links": "UV_FIND_LINKS", "cert": "SSL_CERT_FILE"}
    found = {
        name: told.get(f"global.{key}", "").strip("'") or told.get(f":env:.{key}", "").strip("'")
        for key, name in words.items()
    }
    return {name: value for name, value in found.items() if value and name not in os.environ}

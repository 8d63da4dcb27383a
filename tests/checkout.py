"""The files of this checkout, as git would publish them, and our Python among them."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
PACKAGES = ("models", "infra", "tasks", "flows", "web")
NOT_OURS = {".git", ".venv", "var", "__pycache__"}


@cache
def files() -> tuple[Path, ...]:
    """What git tracks or would add, without what is ignored; where there is no git, what does not look made."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - ours
    except (OSError, subprocess.CalledProcessError):
        found = (path for path in CHECKOUT.rglob("*") if not _made(path.relative_to(CHECKOUT)))
    else:
        found = (CHECKOUT / name for name in listed.split("\0") if name)
    return tuple(sorted({path for path in found if path.is_file()}))


def _made(path: Path) -> bool:
    return any(part in NOT_OURS or part.endswith("_cache") or part == ".hypothesis" for part in path.parts)


def name(path: Path) -> str:
    return path.relative_to(CHECKOUT).as_posix()


def python_files(*, under: tuple[str, ...] = (*PACKAGES, "manage.py", "tests")) -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix == ".py" and name(path).split("/")[0] in under)


def parsed(under: tuple[str, ...]) -> Iterator[tuple[str, ast.Module]]:
    for path in python_files(under=under):
        yield name(path), ast.parse(path.read_text("utf-8"))


def modules() -> list[str]:
    """Every importable module of the product."""
    names = (name(path).removesuffix(".py").removesuffix("/__init__") for path in python_files(under=PACKAGES))
    return [each.replace("/", ".") for each in names if "migrations" not in each and "__main__" not in each]

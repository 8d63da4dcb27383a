"""What the machine itself must have: PostgreSQL's programs and Python's venv; installed only when missing."""

import os
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from infra.setup.shell import SetupError, run, say, succeeds

Manager = Literal["apt-get", "dnf"]


@dataclass(frozen=True, slots=True)
class Need:
    """One thing, how to see that it is there, and the packages that bring it."""

    what: str
    is_there: Callable[[], bool]
    packages: dict[Manager, tuple[str, ...]]


def _has_postgresql() -> bool:
    folders = [Path(found).parent for found in [shutil.which("initdb")] if found]
    folders += [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    folders += [path.parent for path in Path("/usr").glob("pgsql-*/bin/initdb")]
    return any((folder / "postgres").exists() for folder in folders)


def _has_venv() -> bool:
    return succeeds([sys.executable, "-c", "import ensurepip, venv"])


_VENV_OF_THIS_PYTHON: Final = f"python3.{sys.version_info.minor}-venv"

NEEDS: Final = (
    Need(
        "PostgreSQL's server programs",
        _has_postgresql,
        {"apt-get": ("postgresql",), "dnf": ("postgresql-server", "postgresql-contrib")},
    ),
    Need(
        "Python's venv module",
        _has_venv,
        {"apt-get": (_VENV_OF_THIS_PYTHON,), "dnf": ("python3-libs",)},
    ),
)


def prepare(needs: Sequence[Need] | None = None) -> None:
    """Install what is missing, of `needs` or of what everybody needs, with the machine's package manager.

    SetupError names what it could not bring.
    """
    if sys.platform != "linux":
        raise SetupError("The local stack needs Linux (on Windows: WSL).")
    missing = [need for need in (NEEDS if needs is None else needs) if not need.is_there()]
    if not missing:
        return
    manager = _manager()
    if manager is None:
        raise _without_manager(missing)
    prefix = _as_root(missing, manager)
    if manager == "apt-get":
        run("finish what an earlier installation left open", [*prefix, "dpkg", "--configure", "-a"])
        run("apt-get update", [*prefix, "apt-get", "update", "-q"])
    for need in missing:
        _install(need, [*prefix, *_install_command(manager)], manager)


def _manager() -> Manager | None:
    managers: tuple[Manager, ...] = ("apt-get", "dnf")
    return next((manager for manager in managers if shutil.which(manager)), None)


def _install_command(manager: Manager) -> list[str]:
    if manager == "apt-get":
        return ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends"]
    return ["dnf", "install", "-y", "-q"]


def _as_root(missing: Sequence[Need], manager: Manager) -> list[str]:
    if os.geteuid() == 0:
        return []
    packages = " ".join(package for need in missing for package in need.packages[manager])
    if shutil.which("sudo"):
        say(f"  system packages are missing ({packages}); sudo may ask for your password")
        if succeeds(["sudo", "--validate"]):
            return ["sudo"]
    raise SetupError(f"Only root may install packages. Ask an administrator for: {manager} install {packages}")


def _install(need: Need, command: list[str], manager: Manager) -> None:
    packages = need.packages[manager]
    run(f"{need.what}: {' '.join(packages)}", [*command, *packages])
    if not need.is_there():
        raise SetupError(f"{' '.join(packages)} did not bring {need.what}.")


def _without_manager(missing: Sequence[Need]) -> SetupError:
    for need in missing:
        say(f"  missing: {need.what}")
    return SetupError("Neither apt-get nor dnf is here: install the above with this machine's own package manager.")

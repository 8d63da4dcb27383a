"""What proves the shape of several machines: Redis and HAProxy to run it, Helm and Compose to read what deploys it."""

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.setup import machine
from infra.setup.machine import Need
from infra.setup.shell import ROOT, SetupError, output_of, run, say

FOLDER: Final = ROOT / "var" / "bin"


@dataclass(frozen=True, slots=True)
class Program:
    """What is built, and from which package of which module."""

    name: str
    module: str
    version: str
    package: str


PROGRAMS: Final = (
    Program("helm", "helm.sh/helm/v3", "v3.22.0", "cmd/helm"),
    Program("docker-compose", "github.com/docker/compose/v2", "v2.40.3", "cmd"),
)


def _is_here(name: str) -> bool:
    """Debian keeps servers where only root's path leads."""
    return bool(shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin"))


NEEDS: Final = (
    Need("Redis", lambda: _is_here("redis-server"), {"apt-get": ("redis-server",), "dnf": ("redis",)}),
    Need("HAProxy", lambda: _is_here("haproxy"), {"apt-get": ("haproxy",), "dnf": ("haproxy",)}),
)


def install() -> None:
    """Bring the programs of the machine, then build what nobody packages; nothing is done to what is there already."""
    machine.prepare(NEEDS)
    go = shutil.which("go")
    if go is None:
        raise SetupError("Helm and Compose are built from source and need Go, which is not here.")
    for program in PROGRAMS:
        _build(go, program)


def _build(go: str, wanted: Program) -> None:
    """In a module of its own: Compose excludes versions that it does not work with, which `go install` refuses."""
    program = FOLDER / wanted.name
    if _built_version(go, program, wanted.module) == wanted.version:
        say(f"  {wanted.name} {wanted.version} is built: var/bin/{wanted.name}")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    package = f"{wanted.module}/{wanted.package}"
    with tempfile.TemporaryDirectory(prefix="renewal-") as folder:
        (Path(folder) / "go.mod").write_text("module tools\n\ngo 1.25\n", "utf-8")
        run(f"{wanted.name}'s source", [go, "-C", folder, "get", f"{package}@{wanted.version}"])
        build = [go, "-C", folder, "build", "-ldflags=-s -w", "-o", str(program), package]
        run(f"{wanted.name} from source (the first time takes minutes)", build, environment={"CGO_ENABLED": "0"})


def _built_version(go: str, program: Path, module: str) -> str:
    """The module version that the program itself carries; it is a dependency of the module that it was built in."""
    for line in output_of([go, "version", "-m", program]).splitlines():
        words = line.split()
        if words[1:2] == [module] and words[:1] in (["mod"], ["dep"]):
            return words[2]
    return ""

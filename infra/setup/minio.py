"""MinIO's server, built from its pinned source with Go; nobody hands out programs of this version."""

import shutil
from typing import Final

from infra.setup.shell import ROOT, SetupError, output_of, run, say

VERSION: Final = "v0.0.0-20260212201848-7aac2a2c5b7c"
MODULE: Final = "github.com/minio/minio"
FOLDER: Final = ROOT / "var" / "bin"


def build() -> None:
    """Bring `var/bin/minio` to the pinned version; nothing is done when it is there already."""
    go = shutil.which("go")
    if go is None:
        raise SetupError(
            "MinIO is built from source and needs Go, which is not here. Without it documents go to a folder."
        )
    if _built_version(go) == VERSION:
        say(f"  MinIO {VERSION} is built: var/bin/minio")
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    run(
        "MinIO from source (the first time takes minutes)",
        [go, "install", "-ldflags=-s -w", f"{MODULE}@{VERSION}"],
        environment={"CGO_ENABLED": "0", "GOBIN": str(FOLDER)},
    )


def _built_version(go: str) -> str:
    """The module version that the program itself carries."""
    for line in output_of([go, "version", "-m", FOLDER / "minio"]).splitlines():
        words = line.split()
        if words[:2] == ["mod", MODULE]:
            return words[2]
    return ""

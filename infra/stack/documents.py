"""Which object store this stack uses: the one that is configured, else MinIO, else a folder."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infra.stack import minio
from infra.stack.local_secrets import LocalSecrets
from infra.stack.places import Places
from infra.stack.ports import Ports

ENDPOINT: Final = "RENEWAL_STORE__ENDPOINT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documents:
    """`program`: MinIO's, when the stack starts one. `settings`: for our processes. `words`: for people."""

    words: str
    settings: Mapping[str, str]
    program: Path | None = None


def choose(places: Places, ports: Ports, secrets: LocalSecrets) -> Documents:
    configured = os.environ.get(ENDPOINT)
    if configured:
        return Documents(words=f"Documents go to the configured server, {configured}.", settings={})
    program = minio.find_program()
    if program is not None:
        return Documents(
            words=f"Documents go to MinIO ({program.name}).", settings=minio.settings(ports, secrets), program=program
        )
    folder = places.var / "documents"
    return Documents(
        words=f"Documents go to the folder {folder.name}/, because no MinIO program is here; `make minio` builds one.",
        settings={"RENEWAL_STORE__DIRECTORY": str(folder)},
    )

"""MinIO as a part of the stack, when a program for it is here."""

import shutil
from pathlib import Path
from typing import Final

from infra.stack.environment import base_environment
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part, answers
from infra.stack.places import CHECKOUT_PLACES, Places
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.process import Child, Command

NAME: Final = "minio"
BUILT: Final = CHECKOUT_PLACES.programs / "minio"  # by `make minio`


def find_program() -> Path | None:
    """The program of this machine, else the one built here."""
    on_path = shutil.which("minio")
    if on_path:
        return Path(on_path)
    return BUILT if BUILT.exists() else None


def settings(ports: Ports, secrets: LocalSecrets) -> dict[str, str]:
    """How our own processes reach it."""
    return {
        "RENEWAL_STORE__ENDPOINT": f"{LOOPBACK}:{ports.documents}",
        "RENEWAL_STORE__ACCESS_KEY": secrets.documents_access_key.get_secret_value(),
        "RENEWAL_STORE__SECRET_KEY": secrets.documents_secret_key.get_secret_value(),
    }


def part(program: Path, places: Places, ports: Ports, secrets: LocalSecrets) -> Part:
    data = places.var / "minio"
    environment = {
        **base_environment(),
        "MINIO_ROOT_USER": secrets.documents_access_key.get_secret_value(),
        "MINIO_ROOT_PASSWORD": secrets.documents_secret_key.get_secret_value(),
        "MINIO_BROWSER": "off",
        "MINIO_UPDATE": "off",
    }
    command = Command(
        name=NAME,
        words=(str(program), "server", "--quiet", "--address", f"{LOOPBACK}:{ports.documents}", str(data)),
        folder=places.var,
        environment=environment,
    )
    return Part(
        title="MinIO",
        child=Child(command, places),
        port=ports.documents,
        ready=answers(ports.documents, "/minio/health/ready"),
        detail=f"port {ports.documents}",
    )

"""HAProxy before Prefect's API servers, as a part of the stack: with the configuration that is deployed."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.stack.environment import base_environment
from infra.stack.errors import StackError
from infra.stack.part import Part, answers
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, Command

NAME: Final = "balancer"
CONFIGURATION: Final = CHECKOUT / "infra" / "deploy" / "proxy" / "prefect.cfg"


def find_program() -> Path:
    """Debian keeps it where only root's path leads."""
    program = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if program is None:
        raise StackError("HAProxy is not here; `make deploy-tools` installs it.")
    return Path(program)


def part(places: Places, *, port: int, servers: Sequence[int], needs: frozenset[str]) -> Part:
    """Ready when a request comes through to one of the two servers."""
    one, two = servers
    environment = {
        **base_environment(),
        "PREFECT_LISTEN": f"{LOOPBACK}:{port}",
        "PREFECT_API_ONE": f"{LOOPBACK}:{one}",
        "PREFECT_API_TWO": f"{LOOPBACK}:{two}",
    }
    command = Command(
        name=NAME,
        words=(str(find_program()), "-db", "-f", str(CONFIGURATION)),
        folder=places.var,
        environment=environment,
    )
    return Part(
        title="HAProxy",
        child=Child(command, places),
        port=port,
        ready=answers(port, "/api/health"),
        needs=needs,
        detail=f"port {port}",
    )

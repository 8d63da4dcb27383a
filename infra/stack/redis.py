"""Redis as a part of the stack, for several Prefect servers: what one of them hears, all must hear."""

import shutil
import socket
from pathlib import Path
from typing import Final

from infra.stack import private_file
from infra.stack.environment import base_environment
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import Places
from infra.stack.ports import LOOPBACK
from infra.stack.process import Child, Command

NAME: Final = "redis"
_CONFIGURATION: Final = """\
bind {host}
port {port}
dir {folder}
requirepass {password}
appendonly yes
appendfsync everysec
save ""
maxmemory-policy noeviction
"""
"""Kept on disk, and full rather than forgetful: Prefect's events wait here until they are written down."""


def find_program() -> Path:
    program = shutil.which("redis-server")
    if program is None:
        raise StackError("Redis is not here; `make deploy-tools` installs it.")
    return Path(program)


def url(secrets: LocalSecrets, *, port: int) -> str:
    return f"redis://:{secrets.redis_password.get_secret_value()}@{LOOPBACK}:{port}/0"


def part(places: Places, secrets: LocalSecrets, *, port: int) -> Part:
    """Ready when it answers with the data of its last run loaded. Its password stands in a file, not in its command."""
    folder = places.var / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    configuration = places.var / "redis.conf"
    password = secrets.redis_password.get_secret_value()
    private_file.write(configuration, _CONFIGURATION.format(host=LOOPBACK, port=port, folder=folder, password=password))
    command = Command(
        name=NAME,
        words=(str(find_program()), str(configuration)),
        folder=folder,
        environment=base_environment(),
    )
    return Part(
        title="Redis",
        child=Child(command, places),
        port=port,
        ready=lambda: _answers(port, password),
        detail=f"port {port}",
    )


def _answers(port: int, password: str) -> bool:
    try:
        with socket.create_connection((LOOPBACK, port), timeout=2) as connection:
            connection.sendall(f"AUTH {password}\r\nPING\r\n".encode())
            with connection.makefile("rb") as lines:
                return [lines.readline(), lines.readline()] == [b"+OK\r\n", b"+PONG\r\n"]
    except OSError:
        return False

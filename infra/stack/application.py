"""Our own processes as parts of the stack: the sandbox, the web, the worker, and the migrations before them."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from infra.stack import minio, postgres, prefect_server
from infra.stack.part import Part, answers, says
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import Ports
from infra.stack.process import Child, Command


@dataclass(frozen=True, slots=True, kw_only=True)
class AppPart:
    """A command of ours. With `port` it is told `--port N`; it is ready when `path` answers, or its log has `line`.

    With `folder` it is told `--folder` and the place of that name in this stack's `var/`.
    """

    name: str
    title: str
    command: tuple[str, ...]
    needs: frozenset[str] = field(default_factory=frozenset)
    port: Literal["web", "sandbox"] | None = None
    path: str = "/health"
    folder: str = ""
    line: str = ""
    one_shot: bool = False
    stop_patience: float = 10.0


def _manage(verb: str) -> tuple[str, ...]:
    return (sys.executable, "manage.py", verb)


MIGRATE: Final = AppPart(
    name="migrate", title="Migrations", command=_manage("migrate"), needs=frozenset({postgres.NAME}), one_shot=True
)
SANDBOX: Final = AppPart(
    name="sandbox",
    title="Sandbox (bank and registries)",
    command=_manage("sandbox"),
    port="sandbox",
    folder="sandbox",
)
WEB: Final = AppPart(name="web", title="Web", command=_manage("web"), port="web", needs=frozenset({"migrate"}))
WORKER: Final = AppPart(
    name="worker",
    title="Worker",
    command=_manage("worker"),
    needs=frozenset({"migrate", "sandbox", minio.NAME, prefect_server.NAME}),
    line="worker_started",
    stop_patience=30.0,
)
APPLICATION: Final = (MIGRATE, SANDBOX, WEB, WORKER)


def part(app: AppPart, places: Places, ports: Ports, environment: Mapping[str, str]) -> Part:
    port = getattr(ports, app.port) if app.port else None
    listen = ("--port", str(port)) if port else ()
    keep = ("--folder", str(places.var / app.folder)) if app.folder else ()
    words = (*app.command, *listen, *keep)
    child = Child(Command(name=app.name, words=words, folder=CHECKOUT, environment=environment), places)
    return Part(
        title=app.title,
        child=child,
        port=port,
        ready=_readiness(app, child, port),
        needs=app.needs,
        one_shot=app.one_shot,
        detail=ports.url(app.port) if app.port else "",
        stop_patience=app.stop_patience,
    )


def _readiness(app: AppPart, child: Child, port: int | None) -> Callable[[], bool]:
    if port is not None:
        return answers(port, app.path)
    return says(child.log, app.line)

"""The local stack: every part of the product as processes of this machine, started and stopped together."""

import json
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType, TracebackType
from typing import Final, NoReturn, Self

from infra.stack import application, documents, lock, marks, minio, postgres, prefect_server, private_file
from infra.stack.application import APPLICATION, AppPart
from infra.stack.environment import base_environment, prefect_client, renewal_settings
from infra.stack.errors import StackError
from infra.stack.local_secrets import LocalSecrets
from infra.stack.part import Part
from infra.stack.places import CHECKOUT_PLACES, Places
from infra.stack.ports import Ports
from infra.stack.postgres_cluster import Cluster
from infra.stack.sequence import Listener, bring_up, silent, take_down

GENTLE_ENDS: Final = (signal.SIGTERM, signal.SIGHUP)


class LocalStack:
    """`with LocalStack() as stack:` starts all; leaving the block, Ctrl-C, SIGTERM and a closed terminal stop all.

    Enter it in the main thread: children die with the thread that started them.
    """

    def __init__(
        self,
        *,
        places: Places = CHECKOUT_PLACES,
        apps: Sequence[AppPart] = APPLICATION,
        tell: Listener = silent,
        private_ports: bool = False,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """`settings` are told to our own processes beside those of the stack."""
        self._places = places
        self._apps = apps
        self._tell = tell
        self._private_ports = private_ports
        self._settings = dict(settings or {})
        self._open = ExitStack()
        self.parts: dict[str, Part] = {}
        self.environment: dict[str, str] = {}
        self.ports = Ports()
        self.remarks: list[str] = []  # what the person who starts it should know

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(_ended_gently())
            self._places.make()
            opening.enter_context(lock.held(self._places.lock))
            leftovers = marks.stop_leftovers(self._places.marks)
            if leftovers:
                self.remarks.append(f"Stopped what an interrupted run had left: {', '.join(leftovers)}.")
            parts = self._plan()
            self.parts = {part.name: part for part in parts}
            opening.callback(self._places.running.unlink, missing_ok=True)
            opening.callback(take_down, parts, self._tell)
            bring_up(parts, self._tell)
            private_file.write(self._places.running, json.dumps(self.environment, indent=2))
            self._open = opening.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.__exit__(kind, error, trace)

    def wait(self) -> NoReturn:
        """PartFailedError as soon as a part has ended by itself."""
        while True:
            for part in self.parts.values():
                part.check()
            time.sleep(0.5)

    def _plan(self) -> list[Part]:
        """Decide everything before anything starts: ports, secrets, the store, the children's environment."""
        places = self._places
        self.ports = ports = Ports.private() if self._private_ports else Ports.friendly()
        secrets = LocalSecrets.kept_in(places.secrets)
        cluster = Cluster.at(places.cluster, port=ports.database, secrets=secrets)
        if not cluster.home.is_relative_to(places.var):
            self.remarks.append(
                f"PostgreSQL does not run as root and cannot enter this folder; it is in {cluster.home}."
            )
        store = documents.choose(places, ports, secrets)
        self.environment = {
            **prefect_client(places, ports),
            **renewal_settings(ports, secrets, database_url=cluster.business_url),
            **store.settings,
            **self._settings,
        }
        self.remarks.append(store.words)
        told = {**base_environment(), **self.environment}
        parts = [application.part(app, places, ports, told) for app in self._apps]
        if store.program is not None:
            parts.append(minio.part(store.program, places, ports, secrets))
        parts.append(prefect_server.part(places, ports, database_url=cluster.engine_url))
        parts.append(postgres.part(cluster, places))  # last, for it is prepared while the others load
        return parts


def running_environment(places: Places = CHECKOUT_PLACES) -> dict[str, str]:
    """What the stack that runs from this folder tells its children, for commands given in another terminal."""
    if not (lock.is_held(places.lock) and places.running.exists()):
        raise StackError("No local stack is ready here. Start it with `make run`.")
    told: dict[str, str] = json.loads(places.running.read_text())
    return told


@contextmanager
def _ended_gently() -> Iterator[None]:
    """SIGTERM and a closed terminal leave by the same door as Ctrl-C."""

    def leave(number: int, _frame: FrameType | None) -> None:
        raise SystemExit(128 + number)

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, leave) for number in GENTLE_ENDS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

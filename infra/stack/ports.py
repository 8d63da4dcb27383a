"""Free ports on this machine's loopback: the friendly one if it is free, else any."""

import socket
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from typing import Final, Self

LOOPBACK: Final = "127.0.0.1"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port in TIME_WAIT is free
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def any_free(count: int) -> list[int]:
    """So many different free ports."""
    with ExitStack() as held:
        probes = [held.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind((LOOPBACK, 0))
        return [probe.getsockname()[1] for probe in probes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """Where each part listens. The defaults are the friendly ones."""

    web: int = 8080
    sandbox: int = 8090
    prefect: int = 4200
    database: int = 54320
    documents: int = 9000

    @classmethod
    def friendly(cls) -> Self:
        return cls(**{name: port if is_free(port) else any_free(1)[0] for name, port in asdict(cls()).items()})

    @classmethod
    def private(cls) -> Self:
        """None that another stack would want."""
        names = list(asdict(cls()))
        return cls(**dict(zip(names, any_free(len(names)), strict=True)))

    def url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{asdict(self)[name]}"

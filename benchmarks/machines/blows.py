"""What is killed, how, and when it is started again: as a supervisor does it, or another machine's, later."""

import os
import signal
import time
from dataclasses import dataclass
from typing import Final

from infra.stack import balancer, minio, postgres, prefect_machines, redis
from infra.stack.application import WEB
from infra.stack.machines import API_SERVERS
from infra.stack.part import Part


@dataclass(frozen=True, slots=True, kw_only=True)
class Blow:
    """`away`: seconds from the blow to the new start. Without a victim nothing happens: the measure for the others."""

    title: str
    victim: str = ""
    away: float = 0.0
    gently: signal.Signals | None = None  # sent to the first process instead of SIGKILL to all of the part


_LOOK_AGAIN: Final = 0.02
NOTHING: Final = Blow(title="nothing, to compare with")
BLOWS: Final = (
    NOTHING,
    Blow(title="one of two Prefect API servers", victim=API_SERVERS[0], away=20),
    # Longer than anybody should wait: the other two have to take over what it carried.
    Blow(title="one of three workers", victim="worker-2", away=90),
    Blow(title="Prefect's background services", victim=prefect_machines.SERVICES, away=15),
    Blow(title="Redis", victim=redis.NAME, away=5),
    Blow(title="PostgreSQL (immediate shutdown)", victim=postgres.NAME, away=3, gently=signal.SIGQUIT),
    Blow(title="MinIO", victim=minio.NAME, away=10),
    Blow(title="the web", victim=WEB.name, away=5),
    Blow(title="HAProxy before Prefect", victim=balancer.NAME, away=3),
)


def strike(part: Part, blow: Blow) -> None:
    """The part is dead when this returns."""
    if blow.gently is None:
        part.child.kill()
        return
    os.kill(part.child.pid, blow.gently)
    while part.child.is_running:
        time.sleep(_LOOK_AGAIN)

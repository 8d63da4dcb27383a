"""Prefect's server and UI as a part of the stack, on PostgreSQL, with the settings that keep it right and quick."""

import json
import sys
from typing import Final

from infra.stack import postgres
from infra.stack.environment import base_environment, prefect_client
from infra.stack.part import Part, answers
from infra.stack.places import CHECKOUT, Places
from infra.stack.ports import LOOPBACK, Ports
from infra.stack.process import Child, Command

NAME: Final = "prefect"
_DAY: Final = 24 * 3600

SETTINGS: Final = {
    # Without batches the recorder falls behind and loses task rows, even when it is stopped gently.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_EVENT_PERSISTER_READ_BATCH_SIZE": "50",
    # Connections beyond the pool are opened and closed again: seven a renewal with the defaults.
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "12",
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW": "0",
    # Every round reads all suspended runs, and a renewal is suspended for as long as its payer takes.
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
    # Marking a run late is one more transition; lateness is watched in our own queue.
    "PREFECT_SERVER_SERVICES_LATE_RUNS_ENABLED": "false",
    # Longer than any client keeps an idle connection, so that none is closed under a request.
    "PREFECT_SERVER_API_KEEPALIVE_TIMEOUT": "30",
    # A run weighs 25 kB for as long as it is kept, and its events 85 kB. The history that counts is in our own tables:
    # here staff look back a month at runs that ended (a suspended one stays, however old), three days at events.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * _DAY),
    "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": "P3D",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_EVENT_RETENTION_OVERRIDES": json.dumps({"renewal-worker.beat": _DAY}),
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
}


def part(places: Places, ports: Ports, *, database_url: str) -> Part:
    """Ready when the API answers; its migrations have then run."""
    origin = ports.url("prefect")
    environment = {
        **base_environment(),
        **SETTINGS,
        **prefect_client(places, ports),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": database_url,
        "PREFECT_SERVER_API_HOST": LOOPBACK,
        "PREFECT_SERVER_API_PORT": str(ports.prefect),
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"{origin},http://localhost:{ports.prefect}",
    }
    command = Command(
        name=NAME, words=(sys.executable, "-m", "prefect", "server", "start"), folder=CHECKOUT, environment=environment
    )
    return Part(
        title="Prefect",
        child=Child(command, places),
        port=ports.prefect,
        ready=answers(ports.prefect, "/api/health"),
        needs=frozenset({postgres.NAME}),
        detail=origin,
        start_patience=120,
    )

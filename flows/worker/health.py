"""The worker's health over HTTP: what an orchestrator asks before it kills, and staff before they worry."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import uvicorn
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from flows.worker.memory import memory_mb
from infra.reach import Reach


class Watched(Protocol):
    """What is told of a worker."""

    prefect: Reach
    database: Reach

    @property
    def slots(self) -> int: ...

    @property
    def running(self) -> frozenset[Any]: ...

    @property
    def is_draining(self) -> bool: ...


class _Server(uvicorn.Server):
    """Signals are the worker's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve_health(worker: Watched, port: int) -> None:
    """`/live`: the event loop turns. `/ready`: 503 while draining, or without Prefect or the database."""
    if port == 0:
        return
    everywhere = "0.0.0.0"  # noqa: S104 - an orchestrator asks from outside; it is told nothing of any case
    config = uvicorn.Config(health_app(worker), host=everywhere, port=port, log_config=None, access_log=False)
    await _Server(config).serve()


def health_app(worker: Watched) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)

    async def live() -> dict[str, Any]:
        return _told(worker)

    async def ready() -> JSONResponse:
        well = not (worker.is_draining or worker.prefect.is_lost or worker.database.is_lost)
        return JSONResponse(_told(worker), status_code=200 if well else 503)

    app.add_api_route("/live", live, methods=["GET"])
    app.add_api_route("/ready", ready, methods=["GET"])
    return app


def _told(worker: Watched) -> dict[str, Any]:
    return {
        "slots": worker.slots,
        "running": len(worker.running),
        "draining": worker.is_draining,
        "prefect": "lost" if worker.prefect.is_lost else "reached",
        "database": "lost" if worker.database.is_lost else "reached",
        "memory_mb": memory_mb(),
    }

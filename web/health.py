"""Whether this process answers, and whether it lately had to turn requests away."""

from datetime import datetime, timedelta
from typing import Final

import structlog
from fastapi import APIRouter, Request

from infra.wiring import Ports
from web.deps import PortsDep

router = APIRouter()
_log = structlog.get_logger()
_LATELY: Final = timedelta(seconds=30)


@router.get("/health")
async def health(request: Request, ports: PortsDep) -> dict[str, str]:
    """`degraded` while requests are turned away, and half a minute longer. It waits for nothing, not even a thread.

    Always 200: a process that answers must neither be killed nor cut off, for its page says when to come back.
    """
    last: datetime | None = getattr(request.app.state, "turned_away_at", None)
    lately = last is not None and ports.now() - last < _LATELY
    return {"status": "degraded" if lately else "ok"}


def note_turned_away(request: Request, ports: Ports, *, reason: str) -> None:
    """A request was answered 503."""
    request.app.state.turned_away_at = ports.now()
    _log.warning("request_turned_away", path=request.scope["route"].path, reason=reason)

"""The control of the sandbox's clock; how far it is ahead is kept, because the books are dated by it."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import Field

from infra.sandbox.control import controls
from infra.sandbox.scenario import Written
from infra.sandbox.virtual_clock import VirtualClock

_FILE = "clock.json"
_CENTURY = 100 * 366 * 86_400


class _Advance(Written):
    advance_seconds: float = Field(ge=0, le=_CENTURY)


def kept_clock(clock: VirtualClock, folder: Path) -> VirtualClock:
    """The clock, at least as far ahead as it was when this sandbox stopped."""
    kept = folder / _FILE
    if kept.exists():
        clock.catch_up(timedelta(seconds=json.loads(kept.read_bytes())["ahead_seconds"]))
    return clock


def clock_controls(clock: VirtualClock, folder: Path) -> APIRouter:
    router = controls()

    def tell() -> dict[str, Any]:
        return {"now": clock().isoformat(), "ahead_seconds": clock.ahead.total_seconds()}

    def advance(by: _Advance) -> dict[str, Any]:
        clock.advance(timedelta(seconds=by.advance_seconds))
        draft = folder / f"{_FILE}.draft"
        draft.write_text(json.dumps({"ahead_seconds": clock.ahead.total_seconds()}))
        draft.replace(folder / _FILE)
        return tell()

    router.add_api_route("/clock", tell, methods=["GET"])
    router.add_api_route("/clock", advance, methods=["POST"])
    return router

"""The Tap face of the sandbox, put together: its API, its page, its controls, and its part of the oracle's ledger."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from fastapi import APIRouter
from pydantic import SecretStr

from infra.sandbox.journal import Journal
from infra.sandbox.settings import SandboxSettings
from infra.sandbox.tap_answers import ledger_line
from infra.sandbox.tap_api import TapApi
from infra.sandbox.tap_books import TapBooks
from infra.sandbox.tap_controls import tap_controls
from infra.sandbox.tap_page import TapPage
from infra.sandbox.tap_scenario import TapScripts
from infra.sandbox.tap_webhook import TapMessenger


@dataclass(frozen=True, slots=True)
class TapFace:
    router: APIRouter
    ledger: Callable[[], list[dict[str, Any]]]


def tap_face(
    settings: SandboxSettings, key: SecretStr, now: Callable[[], datetime], *, client: httpx.AsyncClient
) -> TapFace:
    books, scripts = TapBooks(Journal(settings.folder / "tap.jsonl"), now=now), TapScripts()
    messenger = TapMessenger(books, key, client)
    router = APIRouter()
    router.include_router(TapApi(books, scripts, key).router)
    router.include_router(TapPage(books, settings, scripts=scripts, messenger=messenger).router)
    router.include_router(tap_controls(books, scripts, messenger))
    return TapFace(router, lambda: [ledger_line(each, books) for each in books.charges()])

"""`manage.py doctor`: whether everything outside answers, and what to do where it does not."""

from collections.abc import Callable, Iterator
from typing import Any

import httpx
from sqlalchemy import text

from infra import schema
from infra.clock import written_minute
from infra.database import unit_of_work
from infra.errors import InfraError, PermanentError, TransientError
from infra.payments.pauses import open_pause
from infra.remedies import MANAGE
from infra.wiring import Ports
from models.errors import CaseworkError
from models.payments.gateway_pause import GatewayPause
from models.rules.book import rule_book


def examine(ports: Ports) -> list[dict[str, Any]]:
    """One finding a part: `part`, `ok`, and `says`, which is the remedy where it is not ok."""
    return [_finding(part, check) for part, check in _checks(ports)]


def _checks(ports: Ports) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "database", lambda: _database(ports)
    yield "schema", lambda: _schema(ports)
    yield "documents", lambda: _store(ports)
    yield "rule book", lambda: f"version {rule_book().version}"
    yield "Prefect", lambda: _answers(f"{ports.settings.prefect_api_url}/health", "start it with `make run`")
    yield "web", lambda: _web(ports)
    yield "payments", lambda: _payments(ports)


def _finding(part: str, check: Callable[[], str]) -> dict[str, Any]:
    try:
        return {"part": part, "ok": True, "says": check()}
    except (InfraError, CaseworkError) as error:
        return {"part": part, "ok": False, "says": str(error)}


def _database(ports: Ports) -> str:
    with ports.engine.connect() as connection:
        return f"PostgreSQL {connection.execute(text('show server_version')).scalar_one()}"


def _schema(ports: Ports) -> str:
    if not schema.is_current(ports.engine):
        raise PermanentError(f"is not at the newest migration; run `{MANAGE} migrate`")
    return "at the newest migration"


def _store(ports: Ports) -> str:
    ports.store.check()
    store = ports.settings.store
    return f"MinIO at {store.endpoint}" if store.endpoint else f"directory {store.directory}"


def _web(ports: Ports) -> str:
    url = f"{ports.settings.public_url}/health"
    if "degraded" in _asked(url, f"start it with `{MANAGE} web`").text:
        raise TransientError(
            f"{url} answers, but requests were turned away lately: see `request_turned_away` in its log"
        )
    return f"answers at {url}"


def _payments(ports: Ports) -> str:
    gateways = [each.name for each in (ports.gateway, *ports.other_gateways)]
    with unit_of_work(ports.engine) as session:
        paused = [_paused(each) for name in gateways if (each := open_pause(session, name)) is not None]
    if paused:
        raise PermanentError("; ".join(paused))
    return f"{', '.join(gateways)}: payers are taken"


def _paused(each: GatewayPause) -> str:
    since, resume = (
        written_minute(each.created_at),
        f"`{MANAGE} payments resume {each.gateway} --reason TEXT --as NAME`",
    )
    return f"{each.gateway} is paused since {since} by {each.paused_by}: {each.reason} (until {resume})"


def _answers(url: str, remedy: str) -> str:
    _asked(url, remedy)
    return f"answers at {url}"


def _asked(url: str, remedy: str) -> httpx.Response:
    try:
        return httpx.get(url, timeout=5).raise_for_status()
    except httpx.HTTPError as error:
        raise TransientError(f"{url} does not answer ({type(error).__name__}); {remedy}") from None

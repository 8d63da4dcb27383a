"""Structured logs: one event name a line, JSON in production; fields that could hold personal data are dropped."""

import sys
from typing import Final

import structlog
from structlog.typing import EventDict, WrappedLogger

PRIVATE_FIELDS: Final = frozenset(
    {
        "civil_number", "passport_number", "mrz", "name", "name_ar", "name_latin", "mobile", "password", "token",
        "secret", "resource_key", "trandata", "card", "pin", "body", "raw",
    }
)  # fmt: skip


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every field on the list, whoever logs it."""
    return {key: "(dropped)" if key in PRIVATE_FIELDS else value for key, value in event.items()}


def set_up(*, json: bool) -> None:
    """Configure this process's logs, on standard error."""
    renderer = structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            drop_private,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )

"""Structured logs: one event name a line, JSON in production; fields that could hold personal data are dropped."""

import logging
import sys
from collections.abc import Mapping
from io import StringIO
from typing import Final

import structlog
from structlog.typing import EventDict, WrappedLogger

PRIVATE_FIELDS: Final = frozenset(
    {
        "civil_number", "sponsor_civil_number", "passport_number", "mrz", "passport_mrz", "passport_mrz_1",
        "passport_mrz_2", "name", "name_ar", "name_latin", "born", "mobile", "password", "token", "secret",
        "resource_key", "trandata", "card", "pin", "body", "raw", "fields", "fee_facts",
    }
)  # fmt: skip


def drop_private(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Replace the value of every field on the list, however deep, whoever logs it."""
    return {key: _shown(key, value) for key, value in event.items()}


def _shown(key: str, value: object) -> object:
    if key in PRIVATE_FIELDS:
        return "(dropped)"
    if isinstance(value, Mapping):
        return {inner: _shown(str(inner), each) for inner, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_shown("", each) for each in value]
    return value


class _StandardError(StringIO):
    """Standard error as it is when a line is written: a logger outlives the stream that it was made with."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


def set_up(*, json: bool, least: int = logging.INFO) -> None:
    """Configure this process's logs, on standard error: what weighs at least so much (a level of `logging`)."""
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
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(file=_StandardError()),
    )

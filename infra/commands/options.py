"""Options that many commands share."""

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final
from uuid import UUID

import typer

from infra.command_line import plain_errors
from models.errors import InputError
from models.money import Money

if TYPE_CHECKING:
    from infra.wiring import Ports
    from models.base import Record

_PLACEHOLDER: Final = re.compile(r"NAME|TEXT|REASON|REFERENCE|ID|[^\w]*|<.*>|\[.*\]|\{.*\}", re.DOTALL)


def own_words(param: typer.CallbackParam, text: str) -> str:
    """What a person says for itself; a command that was pasted as it was printed says nothing: exit code 2."""
    if _PLACEHOLDER.fullmatch(text.strip()):
        with plain_errors():
            raise InputError(param.opts[0], f"{text!r} only holds the place: write your own words there")
    return text


JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Actor = Annotated[str, typer.Option("--as", callback=own_words, help="Your own name: it is kept with what you do.")]
Reason = Annotated[str, typer.Option(callback=own_words, help="Why, in a sentence; kept in the history.")]


_SHORT: Final = re.compile(r"(?P<dinars>\d{1,6})(\.(?P<fils>\d{0,2}))?", re.ASCII)


def day(text: str, *, field: str) -> date:
    """A day in Kuwait, as YYYY-MM-DD; else InputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(field, f"{text!r} is not a day like 2026-11-23") from None


def dinars(text: str, *, field: str) -> Money:
    """An amount in dinars with three decimals, such as 120.500; else InputError, with the amount as it is written."""
    short = _SHORT.fullmatch(text)
    if short is not None:
        meant = f"{short['dinars']}.{(short['fils'] or ''):0<3}"
        raise InputError(field, f"{text!r} has not three decimals: write {meant}")
    return Money.parse(text, field=field)


def whole_id(ports: "Ports", kind: "type[Record]", text: str, *, what: str) -> UUID:
    """The id that is called by its beginning; see `id_called`."""
    from infra.database import unit_of_work  # noqa: PLC0415 - each command loads only what it needs
    from infra.payments.short_ids import id_called  # noqa: PLC0415

    with unit_of_work(ports.engine) as session:
        return id_called(session, kind, text, what=what)

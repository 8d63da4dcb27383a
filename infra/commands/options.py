"""Options that many commands share, and the screen that they print on."""

import sys
from datetime import date
from typing import Annotated, Final

import typer
from rich.console import Console

from models.errors import InputError
from models.money import Money

screen: Final = Console(highlight=False, width=None if sys.stdout.isatty() else 120)

JsonFlag = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Actor = Annotated[str, typer.Option("--as", help="Your own name: it is kept with what you do.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence; kept in the history.")]


def day(text: str, *, field: str) -> date:
    """A day in Kuwait, as YYYY-MM-DD; else InputError."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError(field, f"{text!r} is not a day like 2026-11-23") from None


def dinars(text: str, *, field: str) -> Money:
    """An amount in dinars with three decimals, such as 120.500; else InputError."""
    return Money.parse(text, field=field)

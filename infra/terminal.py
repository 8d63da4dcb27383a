"""What commands print on: tables that never cut a number, and a bar that only a person at a terminal sees."""

import sys
from typing import Final

from rich.console import Console
from rich.measure import Measurement
from rich.progress import Progress
from rich.table import Table

_ONE_LINE: Final = 10_000
"""Who reads a pipe or a file wants a row on a line, however long it gets."""

screen: Final = Console(highlight=False, width=None if sys.stdout.isatty() else _ONE_LINE)


def table(*headings: str, prose: frozenset[str] = frozenset(), title: str | None = None) -> Table:
    """A table whose cells stay on their line, but for those under a heading in `prose`; print it with `put`."""
    made = Table(title=title)
    for heading in headings:
        made.add_column(heading, no_wrap=heading not in prose, overflow="fold")
    return made


def put(console: Console, made: Table) -> None:
    """Print it; on a terminal too narrow for its numbers and words the lines run on, and nothing is cut."""
    wide = console.options.update(width=_ONE_LINE)  # a narrow screen hides how wide a cell is
    for column in made.columns:
        cells = [Measurement.get(console, wide, cell) for cell in (column.header, *column.cells)]
        column.min_width = max(cell.maximum if column.no_wrap else cell.minimum for cell in cells)
    frame = 3 * len(made.columns) + 1
    usual, least = console.width, frame + sum(column.min_width or 0 for column in made.columns)
    console.width = max(usual, least)
    try:
        console.print(made, crop=False)
    finally:
        console.width = usual


def progress(console: Console) -> Progress:
    """A bar on a terminal; elsewhere it prints nothing, so that what is piped is the answer alone."""
    return Progress(console=console, disable=not console.is_terminal)

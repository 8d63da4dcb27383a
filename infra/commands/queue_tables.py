"""The intake queue and a release as tables on a terminal."""

from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from infra.queue import Release
from infra.terminal import put, table
from models.money import Money

_EMPTY: Final = "No case is waiting: the intake queue is empty."


def print_queue(console: Console, report: dict[str, Any]) -> None:
    if report["waiting"]:
        _print_rows(console, report["waiting"], title="Waiting, the most urgent first", last="why")
        _print_totals(console, report["totals"])
    else:
        console.print(_EMPTY)
    if report["held"]:
        _print_rows(console, report["held"], title="Held by staff", last="held")


def print_release(console: Console, done: Release) -> None:
    if not done.rows and not done.left:
        console.print("No case is waiting.")
        return
    if done.dry_run:
        console.print(f"{len(done.rows)} case(s) would be released; nothing was done.")
        rows = table("case", "service", "persons", "why", prose=frozenset({"why"}))
        for each in done.rows:
            rows.add_row(each.reference, each.service.value, str(each.persons), each.why)
        put(console, rows)
    elif done.rows:
        console.print("\n".join(done.references), markup=False)
    for left in done.left:
        console.print(f"Not released: {left.reference} {left.why}", style="yellow", markup=False, soft_wrap=True)


def _print_rows(console: Console, rows: Sequence[dict[str, Any]], *, title: str, last: str) -> None:
    made = table(
        *("case", "service", "persons", "KD a day", "permit", "waiting", last), prose=frozenset({last}), title=title
    )
    for each in rows:
        because = f"{each['held_by']}: {each['held_because']} ({each['status']})" if last == "held" else each["why"]
        made.add_row(
            each["reference"],
            each["service"],
            str(each["persons"]),
            _kd(each["fine_per_day_fils"]),
            _deadline(each["days_left"]),
            _age(each["waiting_seconds"]),
            escape(because),
        )
    put(console, made)


def _print_totals(console: Console, totals: Sequence[dict[str, Any]]) -> None:
    made = table("service", "cases", "persons", "KD a day", title="Totals")
    for each in totals:
        made.add_row(each["service"], f"{each['cases']:,}", f"{each['persons']:,}", _kd(each["fine_per_day_fils"]))
    put(console, made)


def _kd(fils: int) -> str:
    return str(Money(fils)) if fils else "-"


def _deadline(days: int | None) -> str:
    if days is None:
        return "not known yet"
    if days < 0:
        return f"[red]ended {-days} d ago[/]"
    return f"ends in {days} d" if days else "[yellow]ends today[/]"


def _age(seconds: float) -> str:
    """The two largest units: 3 d 4 h, 4 h 12 min, 12 min."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"

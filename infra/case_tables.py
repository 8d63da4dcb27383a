"""A case and its fees as tables on a terminal."""

from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from models.money import Money


def print_case(console: Console, report: dict[str, Any]) -> None:
    console.print(
        f"[bold]{report['reference']}[/]  {report['service']}  [bold]{report['status']}[/]"
        f" (waits on {report['waits_on']})"
    )
    if report["amount_fils"] is not None:
        console.print(f"Amount {Money(report['amount_fils']).english}  Receipt {report['receipt'] or '-'}")
    for obstacle in report["obstacles"]:
        console.print(f"[red]✗[/] {escape(obstacle['reason_en'])}\n  {obstacle['reason_ar']}")
        if obstacle["remedy_en"]:
            console.print(f"  {escape(obstacle['remedy_en'])}\n  {obstacle['remedy_ar']}")
        if obstacle["office_en"]:
            console.print(f"  Office: {escape(obstacle['office_en'])} / {obstacle['office_ar']}")
    table = Table("time (Kuwait)", "event", "to", "by", "reason")
    for step in report["history"]:
        table.add_row(step["at"][:19], step["event"], step["after"], step["actor"], escape(step["reason"] or ""))
    console.print(table)


def print_fees(console: Console, report: dict[str, Any]) -> None:
    console.print(f"[bold]{report['reference']}[/]  priced on {report['priced_on']}  rule book {report['rule_book']}")
    table = Table("person", "fee", "payee", "rule", "source", "since")
    table.add_column("KD", justify="right")
    for line in report["lines"]:
        mark = " (to be confirmed)" if line["needs_confirmation"] else ""
        table.add_row(
            line["person"] or "",
            f"{line['label_en']}{mark}\n{line['explain_en']}",
            line["payee_en"],
            line["rule"],
            f"{line['instrument_en']} [{line['source']}]".replace("[", "\\["),
            line["in_force_from"] or "",
            line["amount"],
        )
    console.print(table)
    console.print(f"Total {Money(report['total_fils']).english}")

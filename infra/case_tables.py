"""A case and its fees as tables on a terminal."""

from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.clock import written_day, written_minute, written_second
from infra.remedies import MANAGE
from infra.terminal import put, table
from models.money import Money


def print_case(console: Console, report: dict[str, Any], *, public_url: str) -> None:
    console.print(
        f"[bold]{report['reference']}[/]  {report['service']}  [bold]{report['status']}[/]"
        f" (waits on {report['waits_on']})"
    )
    _print_held(console, report["held"])
    if report["payment"] and report["payment"]["status"] in {"open", "in_progress"}:
        console.print(f"Pay at {public_url}/pay/{report['payment']['order']}", soft_wrap=True)
    if report["amount_fils"] is not None:
        console.print(f"Amount {Money(report['amount_fils']).english}  Receipt {report['receipt'] or '-'}")
    _print_returned(console, report)
    if report["receipt_path"] and not report["receipt_revoked"]:
        console.print(f"Receipt at {public_url}{report['receipt_path']}", soft_wrap=True)
    for obstacle in report["obstacles"]:
        console.print(f"[red]✗[/] {escape(obstacle['reason_en'])}\n  {obstacle['reason_ar']}")
        if obstacle["remedy_en"]:
            console.print(f"  {escape(obstacle['remedy_en'])}\n  {obstacle['remedy_ar']}")
        if obstacle["office_en"]:
            console.print(f"  Office: {escape(obstacle['office_en'])} / {obstacle['office_ar']}")
    steps = table("time (Kuwait)", "event", "to", "by", "reason", prose=frozenset({"reason"}))
    for step in report["history"]:
        at = written_second(datetime.fromisoformat(step["at"]))
        steps.add_row(at, step["event"], step["after"], step["actor"], escape(step["reason"] or ""))
    put(console, steps)


def _print_held(console: Console, held: dict[str, Any] | None) -> None:
    if held is not None:
        since = written_minute(datetime.fromisoformat(held["at"]))
        line = f"Held by {held['by']} since {since}: {held['because']}. Let it go on: {MANAGE} unhold"
        console.print(line, style="yellow", markup=False, soft_wrap=True)


def _print_returned(console: Console, report: dict[str, Any]) -> None:
    payment, revoked = report["payment"], report["receipt_revoked"]
    if payment and payment["refunded_fils"]:
        back, paid = Money(payment["refunded_fils"]), Money(payment["amount_fils"])
        console.print(f"[bold]Refunded {back.english}[/] of the {paid.english} of its payment")
    for refund in payment["refunds"] if payment else ():
        line = (
            f"Refund {refund['refund']}  {refund['state']}  {Money(refund['amount_fils']).english}  {refund['reason']}"
        )
        console.print(line, markup=False, soft_wrap=True)
    if revoked:
        at = written_minute(datetime.fromisoformat(revoked["at"]))
        line = f"Receipt {report['receipt']} was revoked on {at}: {revoked['because']}"
        console.print(line, style="red", markup=False, soft_wrap=True)


def print_fees(console: Console, report: dict[str, Any]) -> None:
    priced = written_day(date.fromisoformat(report["priced_on"]))
    console.print(f"[bold]{report['reference']}[/]  priced on {priced}  rule book {report['rule_book']}")
    for line in report["lines"]:
        mark = "  (to be confirmed)" if line["needs_confirmation"] else ""
        first = line["in_force_from"]
        since = f", in force from {written_day(date.fromisoformat(first))}" if first else ""
        words = (
            f"\n{line['person'] or ''}  KD {line['amount']:>8}  {line['label_en']}{mark}",
            f"    {line['label_ar']}",
            f"    {line['explain_en']}; to the {line['payee_en']}",
            f"    rule {line['rule']}{since}",
            f"    {line['instrument_en']} (sources {line['source']})",
        )
        console.print("\n".join(words), markup=False, soft_wrap=True)
    console.print(f"\nTotal {Money(report['total_fils']).english}")

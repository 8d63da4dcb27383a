"""A case and its fees as tables on a terminal."""

from datetime import date, datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.clock import written_day, written_minute, written_second
from infra.remedies import MANAGE
from infra.terminal import put, table
from models.money import Money
from models.payments.attempt import AT_THE_PAGE, LIVE, AttemptState
from models.payments.claim import STATE_SAYS, claim_words


def print_case(console: Console, report: dict[str, Any], *, public_url: str) -> None:
    console.print(
        f"[bold]{report['reference']}[/]  {report['service']}  [bold]{report['status']}[/]"
        f" (waits on {report['waits_on']})"
    )
    _print_held(console, report)
    _print_payment(console, report["payment"], public_url=public_url)
    if report["amount_fils"] is not None:
        console.print(f"Amount {Money(report['amount_fils']).english}  Receipt {_receipt(report)}")
    _print_returned(console, report["payment"])
    _print_revoked(console, report)
    if report["receipt_path"] and not report["receipt_revoked"]:
        console.print(f"Receipt at {public_url}{report['receipt_path']}", soft_wrap=True)
    _print_obstacles(console, report["obstacles"])
    steps = table("time (Kuwait)", "event", "to", "by", "reason", prose=frozenset({"reason"}))
    for step in report["history"]:
        at = written_second(datetime.fromisoformat(step["at"]))
        steps.add_row(at, step["event"], step["after"], step["actor"], escape(step["reason"] or ""))
    put(console, steps)


def _print_held(console: Console, report: dict[str, Any]) -> None:
    held = report["held"]
    if held is not None:
        since = written_minute(datetime.fromisoformat(held["at"]))
        go_on = f"{MANAGE} unhold {report['reference']} --reason TEXT --as NAME"
        line = f"Held by {held['by']} since {since}: {held['because']}. Let it go on: {go_on}"
        console.print(line, style="yellow", markup=False, soft_wrap=True)


def print_batch(console: Console, report: dict[str, Any], *, public_url: str) -> None:
    at = written_minute(datetime.fromisoformat(report["submitted_at"]))
    console.print(f"[bold]{report['batch']}[/]  {report['service']}  {len(report['cases'])} case(s), submitted {at}")
    _print_payment(console, report["payment"], public_url=public_url)
    if report["payment"]:
        console.print(
            f"Amount {Money(report['payment']['amount_fils']).english}  payment {report['payment']['status']}"
        )
    _print_returned(console, report["payment"])
    rows = table("row", "case", "status", "waits on", "KD", "refunded", "receipt")
    for each in report["cases"]:
        amount = "-" if each["amount_fils"] is None else str(Money(each["amount_fils"]))
        status = f"{each['status']}{' (held)' if each['is_held'] else ''}"
        back = str(Money(each["refunded_fils"])) if each["refunded_fils"] else "-"
        rows.add_row(str(each["row"]), each["reference"], status, each["waits_on"], amount, back, _receipt(each))
    put(console, rows)
    for each in report["cases"]:
        _print_obstacles(console, each["obstacles"], of=f"row {each['row']}, {each['reference']}: ")


def _print_obstacles(console: Console, obstacles: list[dict[str, Any]], *, of: str = "") -> None:
    for each in obstacles:
        console.print(f"[red]✗[/] {of}{escape(each['reason_en'])}\n  {each['reason_ar']}", soft_wrap=True)
        if each["remedy_en"]:
            console.print(f"  {escape(each['remedy_en'])}\n  {each['remedy_ar']}", soft_wrap=True)
        if each["office_en"]:
            console.print(f"  Office: {escape(each['office_en'])} / {each['office_ar']}", soft_wrap=True)


def _receipt(each: dict[str, Any]) -> str:
    return f"{each['receipt'] or '-'}{' (revoked)' if each['receipt_revoked'] else ''}"


def _print_payment(console: Console, payment: dict[str, Any] | None, *, public_url: str) -> None:
    """Where to pay; or, while the bank is asked what became of an attempt, that nobody should pay again."""
    if payment is None or payment["status"] not in {"open", "in_progress"}:
        return
    states = [AttemptState(each["state"]) for each in payment["attempts"]]
    asked = [STATE_SAYS[each] for each in states if each in LIVE - AT_THE_PAGE]
    if not asked:
        console.print(f"Pay at {public_url}/pay/{payment['order']}", soft_wrap=True)
    for outcome in asked:
        words = claim_words()[outcome]
        console.print(f"Payment: {words.en}\n{words.ar}", style="yellow", markup=False, soft_wrap=True)


def _print_returned(console: Console, payment: dict[str, Any] | None) -> None:
    if payment and payment["refunded_fils"]:
        back, paid = Money(payment["refunded_fils"]), Money(payment["amount_fils"])
        console.print(f"[bold]Refunded {back.english}[/] of the {paid.english} of its payment")
    for refund in payment["refunds"] if payment else ():
        amount, whose = Money(refund["amount_fils"]).english, refund["case"] or "the whole payment"
        line = f"Refund {refund['refund']}  {refund['state']}  {amount} of {whose}  {refund['reason']}"
        console.print(line, markup=False, soft_wrap=True)


def _print_revoked(console: Console, report: dict[str, Any]) -> None:
    revoked = report["receipt_revoked"]
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

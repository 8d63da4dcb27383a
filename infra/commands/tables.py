"""Payments, plans and books as tables on a terminal."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.clock import written_day, written_second
from infra.payments.books import AccountBalance, Statement
from infra.payments.reprocessing import Summary
from infra.terminal import put, table
from models.money import Money
from models.payments.ledger import LedgerKind
from models.payments.reprocess import Plan, Safety

_COLOURS = {Safety.SAFE: "green", Safety.NEEDS_APPROVAL: "yellow", Safety.REFUSED: "red"}


def print_plans(console: Console, plans: Iterable[Plan]) -> None:
    rows = table("case", "stands at", "ask", "skip", "repeat", "money", "verdict", "why", prose=frozenset({"why"}))
    for each in plans:
        rows.add_row(
            each.reference,
            f"{each.case or '-'}\n{each.order or '-'}",
            "\n".join(each.asked) or "-",
            f"{len(each.skipped)} steps",
            "\n".join(each.repeated) or "-",
            each.money.value.replace("_", " "),
            f"[{_COLOURS[each.safety]}]{each.safety.value.replace('_', ' ')}[/]",
            escape(each.why.en),
        )
    put(console, rows)


def print_summary(console: Console, summary: Summary) -> None:
    rows = table("case", "was", "is", "the bank says", "refunds sent", "trouble", prose=frozenset({"trouble"}))
    for each in summary.outcomes:
        trouble = f"[red]{each.failed}[/]" if each.failed else ""
        answers = "\n".join(each.answers) or "-"
        rows.add_row(each.reference, str(each.before), str(each.after), answers, str(each.refunds), trouble)
    if rows.row_count:
        put(console, rows)
    console.print(
        f"{len(summary.outcomes)} case(s) reprocessed: {len(summary.moved)} went on, {len(summary.failed)} failed,"
        f" {len(summary.stayed)} stood still; {len(summary.left)} left alone. Nobody was charged."
    )


def print_story(console: Console, tale: dict[str, Any]) -> None:
    console.print(f"Order [bold]{tale['order']}[/]  [bold]{tale['status']}[/]  KD {tale['amount']}")
    console.print(f"Cases {', '.join(tale['cases'])}", soft_wrap=True)
    if tale["left"] is not None:
        shares = "".join(f", of {case} KD {left}" for case, left in tale["shares"].items())
        console.print(f"Left to return KD {tale['left']}{shares}", soft_wrap=True)
    for each in tale["attempts"]:
        numbers = "  ".join(f"{name} {each[name]}" for name in ("paymentid", "tranid", "ref") if each[name])
        line = f"Attempt {each['trackid']}  {each['gateway']}  {each['state']}  KD {each['amount']}  {numbers}"
        console.print(line, markup=False, soft_wrap=True)
    for each in tale["refunds"]:
        line = f"Refund {each['id']}  {each['state']}  KD {each['amount']}  {each['reason']}"
        console.print(line, markup=False, soft_wrap=True)
    rows = table("time (Kuwait)", "", "of", "what", "by", "why", prose=frozenset({"what", "why"}))
    for each in tale["events"]:
        at = written_second(datetime.fromisoformat(each["at"]))
        cells = (at, each["kind"], each["subject"], each["what"], each["by"], each["why"] or "")
        rows.add_row(*map(escape, cells))
    put(console, rows)


def print_unowned(console: Console, each: dict[str, Any]) -> None:
    numbers = "  ".join(f"{name} {number}" for name, number in each["numbers"].items() if number)
    line = f"Of no payment of ours: KD {each['in_suspense']} in suspense  {numbers}"
    console.print(line, markup=False, soft_wrap=True)
    console.print(f"{each['said']}, posted on {each['posted_on']}", markup=False, soft_wrap=True)
    for question in each["questions"]:
        line = f"Question {question['item']}  {question['kind']}: {question['state']}"
        console.print(line, markup=False, soft_wrap=True)


def print_refunds(console: Console, refunds: list[dict[str, Any]]) -> None:
    rows = table("refund", "state", "KD", "of", "asked by", "approved by", "why", prose=frozenset({"why"}))
    for each in refunds:
        cells = (each["refund"], each["state"], each["amount"], each["trackid"], each["requested_by"])
        rows.add_row(*map(escape, (*cells, each["approved_by"] or "-", each["reason"])))
    put(console, rows)


def print_balance(console: Console, accounts: list[AccountBalance]) -> None:
    rows = table("account", "debits", "credits", "balance")
    for each in accounts:
        rows.add_row(each.account.value, *map(_kd, (each.debits, each.credits, each.balance)))
    total = [sum(each.debits for each in accounts), sum(each.credits for each in accounts)]
    rows.add_row("total", *map(_kd, total), _kd(total[0] - total[1]), style="bold")
    put(console, rows)


def print_statement(console: Console, statement: Statement) -> None:
    title = f"{written_day(statement.day)} (Kuwait), {statement.gateway or 'all gateways'}"
    account = table("gateway's account", "KD", title=title)
    account.add_row("opening", _kd(statement.opening))
    for kind, fils in statement.movements.items():
        account.add_row("fees that it kept back" if kind is LedgerKind.FEE else kind.value, _kd(fils))
    account.add_row("closing", _kd(statement.closing), style="bold")
    apart = statement.fees + statement.movements[LedgerKind.FEE]
    account.add_row("fees that the bank took apart", _kd(apart))
    put(console, account)
    _print_payees(console, statement)
    if not statement.suspense:
        console.print("Nothing is in suspense.")
        return
    held = table("in suspense", "KD", "because", prose=frozenset({"because"}))
    for item in statement.suspense:
        held.add_row(escape(item.reference), _kd(item.fils), escape(item.reason))
    held.add_row("total", _kd(statement.suspended), "", style="bold")
    put(console, held)


def _print_payees(console: Console, statement: Statement) -> None:
    if not statement.payees:
        console.print("Nothing was paid for anybody on this day, and nothing was returned.")
        return
    rows = table("payee", "", "paid", "returned", "net")
    for each in statement.payees:
        rows.add_row(each.payee_en, each.payee_ar, *map(_kd, (each.fils, each.returned, each.net)))
    sums = [sum(column) for column in zip(*((e.fils, e.returned, e.net) for e in statement.payees), strict=True)]
    rows.add_row("total", "", *map(_kd, sums), style="bold")
    put(console, rows)


def _kd(fils: int) -> str:
    return str(Money(fils))

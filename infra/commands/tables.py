"""Payments, plans and books as tables on a terminal."""

from collections.abc import Iterable
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from infra.payments.books import AccountBalance, Statement
from infra.payments.reprocessing import Summary
from models.money import Money
from models.payments.reprocess import Plan, Safety

_COLOURS = {Safety.SAFE: "green", Safety.NEEDS_APPROVAL: "yellow", Safety.REFUSED: "red"}


def print_plans(console: Console, plans: Iterable[Plan]) -> None:
    table = Table()
    for heading in ("case", "stands at", "ask"):
        table.add_column(heading, no_wrap=True)
    for heading in ("skip", "repeat", "money", "verdict", "why"):
        table.add_column(heading)
    for each in plans:
        table.add_row(
            each.reference,
            f"{each.case or '-'}\n{each.order or '-'}",
            "\n".join(each.asked) or "-",
            f"{len(each.skipped)} steps",
            "\n".join(each.repeated) or "-",
            each.money.value.replace("_", " "),
            f"[{_COLOURS[each.safety]}]{each.safety.value.replace('_', ' ')}[/]",
            escape(each.why.en),
        )
    console.print(table)


def print_summary(console: Console, summary: Summary) -> None:
    table = Table("case", "was", "is", "asked", "refunds sent", "trouble")
    for each in summary.outcomes:
        if each.failed or each.after is not each.before:
            trouble = f"[red]{each.failed}[/]" if each.failed else ""
            table.add_row(
                each.reference, str(each.before), str(each.after), str(each.asked), str(each.refunds), trouble
            )
    if table.row_count:
        console.print(table)
    console.print(
        f"{len(summary.outcomes)} case(s) reprocessed: {len(summary.moved)} went on, {len(summary.failed)} failed;"
        f" {len(summary.left)} left alone. Nobody was charged."
    )


def print_story(console: Console, tale: dict[str, Any]) -> None:
    console.print(f"Order [bold]{tale['order']}[/]  [bold]{tale['status']}[/]  KD {tale['amount']}")
    console.print(f"Cases {', '.join(tale['cases'])}", soft_wrap=True)
    for each in tale["attempts"]:
        numbers = "  ".join(f"{name} {each[name]}" for name in ("paymentid", "tranid", "ref") if each[name])
        line = f"Attempt {each['trackid']}  {each['gateway']}  {each['state']}  KD {each['amount']}  {numbers}"
        console.print(line, markup=False, soft_wrap=True)
    for each in tale["refunds"]:
        line = f"Refund {each['id']}  {each['state']}  KD {each['amount']}  {each['reason']}"
        console.print(line, markup=False, soft_wrap=True)
    table = Table("time (Kuwait)", "", "of", "what", "by", "why")
    for each in tale["events"]:
        cells = (each["at"][:19], each["kind"], each["subject"], each["what"], each["by"], each["why"] or "")
        table.add_row(*map(escape, cells))
    console.print(table)


def print_balance(console: Console, accounts: list[AccountBalance]) -> None:
    table = Table("account", "debits", "credits", "balance")
    for each in accounts:
        table.add_row(each.account.value, *map(_kd, (each.debits, each.credits, each.balance)))
    total = [sum(each.debits for each in accounts), sum(each.credits for each in accounts)]
    table.add_row("total", *map(_kd, total), _kd(total[0] - total[1]), style="bold")
    console.print(table)


def print_statement(console: Console, statement: Statement) -> None:
    title = f"{statement.day:%d/%m/%Y} (Kuwait), {statement.gateway or 'all gateways'}"
    table = Table("gateway's account", "KD", title=title)
    table.add_row("opening", _kd(statement.opening))
    for kind, fils in statement.movements.items():
        table.add_row(kind.value, _kd(fils))
    table.add_row("closing", _kd(statement.closing), style="bold")
    table.add_row("all fees of the day", _kd(statement.fees))
    console.print(table)
    payees = Table("paid for", "", "KD")
    for each in statement.payees:
        payees.add_row(each.payee_en, each.payee_ar, _kd(each.fils))
    payees.add_row("total", "", _kd(sum(each.fils for each in statement.payees)), style="bold")
    console.print(payees)
    held = Table("in suspense", "KD", "because")
    for item in statement.suspense:
        held.add_row(escape(item.reference), _kd(item.fils), escape(item.reason))
    held.add_row("total", _kd(statement.suspended), "", style="bold")
    console.print(held)


def _kd(fils: int) -> str:
    return str(Money(fils))

"""`manage.py ledger`: the trial balance, the statement of a day, and the export for the finance department."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from infra.clock import kuwait_date, written_day
from infra.command_line import connect, leave, plain_errors, show
from infra.commands.options import JsonFlag, day
from infra.commands.parsing import CommandLine
from infra.terminal import screen
from models.errors import InputError

ledger = CommandLine(no_args_is_help=True, help="The books: they balance to the fil, and every entry has its proof.")


@ledger.command()
def balance(
    *,
    on: Annotated[str | None, typer.Option(help="As it stood at the end of this day, YYYY-MM-DD; else now.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """The trial balance: each account's debits, credits and balance; exit code 1 when the totals differ."""
    from infra.commands.tables import print_balance  # noqa: PLC0415 - each command loads only what it needs
    from infra.database import unit_of_work  # noqa: PLC0415
    from infra.payments.books import trial_balance  # noqa: PLC0415

    with plain_errors():
        until = day(on, field="on") if on else None
        with unit_of_work(connect().engine) as session:
            accounts = trial_balance(session, on=until)
    if as_json:
        show({each.account.value: _fils(each) for each in accounts})
    else:
        print_balance(screen, accounts)
    if sum(each.balance for each in accounts):
        leave("the books do not balance; nothing may be paid out until it is known why", code=1)


@ledger.command()
def statement(
    on: Annotated[str | None, typer.Argument(metavar="DAY", help="YYYY-MM-DD in Kuwait; today when absent.")] = None,
    *,
    gateway: Annotated[str | None, typer.Option(help="Only this gateway.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """One day: what came, went and stayed at the gateway, for whom it was paid, and what is in suspense and why."""
    from infra.commands.tables import print_statement  # noqa: PLC0415
    from infra.database import unit_of_work  # noqa: PLC0415
    from infra.payments.books import daily_statement, statement_report  # noqa: PLC0415
    from infra.payments.pauses import known_gateway  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        today = kuwait_date(ports.now())
        wanted = day(on, field="DAY") if on else today
        if wanted > today:
            raise InputError("DAY", f"{written_day(wanted)} has not come yet; today is {written_day(today)}")
        if gateway is not None:
            known_gateway(ports, gateway)
        with unit_of_work(ports.engine) as session:
            found = daily_statement(session, wanted, gateway=gateway)
    if as_json:
        show(statement_report(found))
    else:
        print_statement(screen, found)


@ledger.command()
def export(
    *,
    first: Annotated[str, typer.Option("--from", help="The first day, YYYY-MM-DD in Kuwait.")],
    last: Annotated[str, typer.Option("--to", help="The last day, included.")],
    file: Annotated[Path, typer.Option(help="Where to write the CSV; it must not exist.")],
) -> None:
    """Write the entries of some days as CSV (UTF-8 with BOM; amounts in dinars; import references as text)."""
    from infra.database import unit_of_work  # noqa: PLC0415
    from infra.payments.statement_csv import write_csv  # noqa: PLC0415

    with plain_errors():
        days = day(first, field="--from"), day(last, field="--to")
        try:
            with unit_of_work(connect().engine) as session, _new(file) as opened:
                count = write_csv(session, opened, first=days[0], last=days[1])
        except OSError as error:
            raise InputError("--file", f"{file} cannot be written ({error.strerror}); name a new file") from None
    typer.echo(f"{count} entries written to {file}.")


@contextmanager
def _new(file: Path) -> Iterator[TextIO]:
    """A file that was not there; of one that is not finished nothing is left."""
    with file.open("x", encoding="utf-8-sig", newline="") as opened:
        try:
            yield opened
        except BaseException:
            file.unlink()
            raise


def _fils(each: Any) -> dict[str, int]:
    return {"debits_fils": each.debits, "credits_fils": each.credits, "balance_fils": each.balance}

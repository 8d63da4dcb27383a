"""`manage.py remind`, `retain`, `erase` and its neighbours: reminders, and how long personal data is kept."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.command_line import connect, plain_errors
from infra.commands.options import Actor, Reason, day
from infra.remedies import MANAGE

if TYPE_CHECKING:
    from infra.reminding.writing import Reminded
    from infra.retaining.periods import Retained

Reference = Annotated[str, typer.Argument(help="The case's reference, such as RN-7K3M-9QTX.")]


def remind(
    *,
    on: Annotated[str, typer.Option("--day", help="The day in Kuwait, YYYY-MM-DD; empty: today.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count who would be told.")] = False,
) -> None:
    """Tell those whose permit ends soon, once at each step of models/reminders.yaml, however often this runs."""
    from infra.reminding.writing import remind as write  # noqa: PLC0415 - each command loads only what it needs
    from infra.terminal import progress, screen  # noqa: PLC0415

    with plain_errors(), progress(screen) as bar:
        wanted = day(on, field="day") if on else None
        task = bar.add_task("days looked at", total=None)
        done = write(
            connect(),
            day=wanted,
            dry_run=dry_run,
            progress=lambda count, of: bar.update(task, completed=count, total=of),
        )
    _print_reminded(done, dry_run=dry_run)


def _print_reminded(done: "Reminded", *, dry_run: bool) -> None:
    from infra.terminal import put, screen, table  # noqa: PLC0415

    steps = table("days before", "persons")
    for step, many in sorted(done.persons.items(), reverse=True):
        if many:
            steps.add_row(str(step), str(many))
    put(screen, steps)
    did = "would be reminded" if dry_run else "reminded"
    screen.print(f"{done.total} person(s) {did}, in {done.messages} message(s).")


def retain(
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run/--do", help="Only count; --do erases for ever.")] = True,
    include_unconfirmed: Annotated[
        bool, typer.Option("--include-unconfirmed", help="Also by periods that nobody has confirmed yet.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="At most so many cases.")] = 1000,
) -> None:
    """Erase the personal data of cases whose period is over; a dry run unless told --do."""
    from infra.retaining.periods import retain as erase_over  # noqa: PLC0415
    from infra.terminal import progress, screen  # noqa: PLC0415

    with plain_errors(), progress(screen) as bar:
        task = bar.add_task("cases", total=limit)
        done = erase_over(
            connect(),
            dry_run=dry_run,
            include_unconfirmed=include_unconfirmed,
            limit=limit,
            progress=lambda count: bar.update(task, completed=count),
        )
    _print_retained(done, dry_run=dry_run)


def _print_retained(done: "Retained", *, dry_run: bool) -> None:
    from infra.terminal import put, screen, table  # noqa: PLC0415
    from models.retention import retention_periods  # noqa: PLC0415

    did = "would be erased" if dry_run else "erased"
    outcomes = table("closed as", "days kept", "confirmed", did, "not confirmed")
    for status, period in retention_periods().items():
        confirmed = "no" if period.needs_confirmation else period.source
        counts = (str(done.erased[status]), str(done.unconfirmed[status]))
        outcomes.add_row(status.value, str(period.days), confirmed, *counts)
    put(screen, outcomes)
    for each in (*done.failed, *done.held_back):
        screen.print(f"  {each}", markup=False, soft_wrap=True)
    screen.print(f"{done.finished} finished from before, {len(done.held_back)} held back, {len(done.failed)} failed.")
    screen.print(f"{done.swept} file(s) that no application names {did}.")


def erase(reference: Reference, *, reason: Reason, actor: Actor) -> None:
    """Ask that a case's personal data be erased for ever; nothing goes until another person approves."""
    from infra.retaining.asking import request_erasure  # noqa: PLC0415

    with plain_errors():
        request_erasure(connect(), reference, actor=actor, reason=reason)
        typer.echo(f"Another person: {MANAGE} approve-erasure {reference} --as NAME")


def approve_erasure(reference: Reference, *, actor: Actor) -> None:
    """Approve an erasure that another person asked for, and carry it out at once; there is no way back."""
    from infra.retaining.asking import approve_erasure as approve  # noqa: PLC0415

    with plain_errors():
        files = approve(connect(), reference, actor=actor)
        typer.echo(f"{reference} is erased: {files} file(s), and who it was. Money, numbers and history stay.")


def withdraw_erasure(reference: Reference, *, actor: Actor) -> None:
    """Take a request for erasure back before it is approved."""
    from infra.retaining.asking import withdraw_erasure as withdraw  # noqa: PLC0415

    with plain_errors():
        withdraw(connect(), reference, actor=actor)
        typer.echo("Withdrawn.")


def legal_hold(reference: Reference, *, reason: Reason, actor: Actor) -> None:
    """Keep a case as it is, whatever period ends and whoever asks: a court, a complaint or an audit needs it."""
    from infra.retaining.forbidding import place_hold  # noqa: PLC0415

    with plain_errors():
        place_hold(connect(), reference, actor=actor, reason=reason)
        typer.echo(f"{reference} is kept until `{MANAGE} lift-legal-hold {reference} --as NAME`.")


def lift_legal_hold(reference: Reference, *, actor: Actor) -> None:
    """End a legal hold."""
    from infra.retaining.forbidding import lift_hold  # noqa: PLC0415

    with plain_errors():
        lift_hold(connect(), reference, actor=actor)
        typer.echo("Lifted.")


COMMANDS = (remind, retain, erase, approve_erasure, withdraw_erasure, legal_hold, lift_legal_hold)

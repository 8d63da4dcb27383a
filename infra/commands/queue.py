"""`manage.py queue`, `release`, `hold` and `unhold`: the intake queue at the command line."""

from typing import Annotated, Any

import typer

from infra.command_line import connect, plain_errors, show
from infra.commands.options import Actor, JsonFlag, Reason
from infra.remedies import MANAGE
from models.priority import QueueOrder
from models.service import Service

Reference = Annotated[str, typer.Argument(help="The case's reference, such as RN-7K3M-9QTX.")]
OfService = Annotated[Service | None, typer.Option(help="Only this service.")]
Limit = Annotated[int, typer.Option(min=1, max=1000, help="At most so many cases.")]


def queue(*, service: OfService = None, limit: Limit = 20, as_json: JsonFlag = False) -> None:
    """Who waits to be released, the most urgent first, and why in this place; who is held; totals by service."""
    from infra.commands.queue_tables import print_queue  # noqa: PLC0415 - each command loads only what it needs
    from infra.terminal import screen  # noqa: PLC0415
    from infra.waiting_list import queue_report  # noqa: PLC0415

    with plain_errors():
        report = queue_report(connect(), service=service, limit=limit)
    if as_json:
        show(report)
    else:
        print_queue(screen, report)


def release(
    *,
    limit: Limit = 50,
    service: OfService = None,
    order: Annotated[QueueOrder, typer.Option(help="Whom waiting costs most, or who came first.")] = (
        QueueOrder.MOST_URGENT
    ),
    reference: Annotated[list[str] | None, typer.Option(help="Only this case; may be repeated.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Release nobody; say who would be, and why.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Release waiting cases from the intake queue, the most urgent first; held cases stay."""
    from infra.commands.queue_tables import print_release  # noqa: PLC0415
    from infra.queue import Wanted  # noqa: PLC0415
    from infra.queue import release as release_wanted  # noqa: PLC0415
    from infra.terminal import screen  # noqa: PLC0415

    with plain_errors():
        wanted = Wanted(limit=limit, service=service, references=tuple(reference or ()), order=order)
        done: Any = release_wanted(connect(), wanted, actor="command-line", dry_run=dry_run)
    if as_json:
        show(done.references)
    else:
        print_release(screen, done)
    if done.left:
        raise typer.Exit(1)  # somebody asked for these by name


def hold(reference: Reference, *, reason: Reason, actor: Actor) -> None:
    """Stop a case where it stands: it is not released, and not carried on; what is paid is settled all the same."""
    from infra.holding import hold_case  # noqa: PLC0415

    with plain_errors():
        hold_case(connect(), reference=reference, actor=actor, reason=reason)
        typer.echo(f"{reference} is held. Let it go on: {MANAGE} unhold {reference} --reason TEXT --as NAME")


def unhold(reference: Reference, *, reason: Reason, actor: Actor) -> None:
    """Let a held case go on from where it stands."""
    from infra.holding import unhold_case  # noqa: PLC0415

    with plain_errors():
        unhold_case(connect(), reference=reference, actor=actor, reason=reason)
        typer.echo(f"{reference} goes on.")

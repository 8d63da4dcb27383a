"""`manage.py submit`, `supply`, `status` and `cancel`: one case, or one batch, from its application on."""

from pathlib import Path
from typing import Annotated

import typer

from infra.command_line import connect, leave, plain_errors, show
from infra.commands.options import Actor, JsonFlag, Reason
from infra.remedies import MANAGE
from infra.terminal import screen

Reference = Annotated[str, typer.Argument(help="The case's reference, such as RN-7K3M-9QTX.")]


def submit(
    folder: Annotated[Path | None, typer.Argument(help="Folder with application.json and the files it names.")] = None,
    *,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of application.json.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """Submit an application: it is taken in whole, or refused with the field and the remedy."""
    from models.application import Application  # noqa: PLC0415

    if schema:
        show(Application.model_json_schema())
        return
    if folder is None:
        leave("name the application's folder, or ask for --schema", code=2)
    from infra import intake  # noqa: PLC0415
    from infra.intake.reading import read_folder  # noqa: PLC0415
    from models.case import Channel  # noqa: PLC0415

    with plain_errors():
        taken = intake.submit(connect(), read_folder(folder), channel=Channel.FOLDER)
    if as_json:
        show({"references": taken.references, "batch": taken.batch_reference})
        return
    typer.echo("\n".join(taken.references))
    if taken.batch_reference:
        count, batch = len(taken.references), taken.batch_reference
        typer.echo(f"Batch {batch}, {count} case(s) and one payment; follow it with `{MANAGE} status {batch}`.")


def supply(
    reference: Reference,
    documents: Annotated[list[str], typer.Argument(help="KIND=FILE; p2:KIND=FILE for another person than p1.")],
) -> None:
    """Hand in documents that a case waits for; its run then goes on by itself."""
    from infra.intake.supplying import read_supplied, supply_documents  # noqa: PLC0415

    with plain_errors():
        supply_documents(connect(), reference, read_supplied(documents), actor="command-line")
        typer.echo(f"Taken in; follow it with `{MANAGE} status {reference}`.")


def status(
    reference: Annotated[str, typer.Argument(help="The reference of a case (RN-…), or of a company's batch (BT-…).")],
    *,
    as_json: JsonFlag = False,
) -> None:
    """Where a case stands, whom it waits for, and all that happened to it; of a batch, its cases and its payment."""
    from infra.batch_report import batch_called, batch_report  # noqa: PLC0415
    from infra.case_report import case_by_reference, case_report  # noqa: PLC0415
    from infra.case_tables import print_batch, print_case  # noqa: PLC0415
    from infra.database import unit_of_work  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        with unit_of_work(ports.engine) as session:
            batch = batch_called(session, reference)
            report = (
                batch_report(session, batch) if batch else case_report(session, case_by_reference(session, reference))
            )
        if as_json:
            show(report)
        else:
            print_one = print_batch if batch else print_case
            print_one(screen, report, public_url=ports.settings.public_url)


def cancel(reference: Reference, reason: Reason, actor: Actor = "command-line") -> None:
    """Cancel a case that is not paid; of one that is paid and refused for good, its share is asked back too."""
    from infra.cancelling import cancel_case  # noqa: PLC0415

    with plain_errors():
        cancel_case(connect(), reference, actor=actor, reason=reason)
        typer.echo(f"{reference} is cancelled.")

"""`manage.py receipts`: what members of staff do about receipts that are issued."""

from typing import Annotated

import typer

from infra.command_line import connect, plain_errors
from infra.commands.options import Actor
from infra.commands.parsing import CommandLine

receipts = CommandLine(no_args_is_help=True, help="Receipts: send one again.")


@receipts.command()
def resend(
    reference: Annotated[str, typer.Argument(help="The case's reference, such as RN-7K3M-9QTX.")],
    *,
    actor: Actor = "command-line",
) -> None:
    """Send the receipt's link again, to the number that the application was made with and to no other."""
    from infra.messages.resending import resend_receipt  # noqa: PLC0415 - each command loads only what it needs

    with plain_errors():
        sent = resend_receipt(connect(), reference, actor=actor)
        typer.echo("It is on its way." if sent else "It was sent again a moment ago; wait ten minutes.")

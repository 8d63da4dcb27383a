"""`manage.py payments refunds`: one person asks for a refund, another approves it; it is then sent by itself."""

from typing import TYPE_CHECKING, Annotated

import typer

from infra.command_line import connect, plain_errors, show
from infra.commands.options import Actor, JsonFlag, Reason, dinars, whole_id
from infra.commands.parsing import CommandLine
from infra.remedies import MANAGE
from infra.terminal import screen
from models.errors import RuleError
from models.money import Money
from models.payments.refund import Refund, RefundState

if TYPE_CHECKING:
    from uuid import UUID

    from sqlmodel import Session

    from models.payments.order import PaymentOrder

refunds = CommandLine(no_args_is_help=True, help="Refunds by staff: asked for by one person, approved by another.")
RefundId = Annotated[str, typer.Argument(help="The refund's id, or its first 8 characters.")]


@refunds.command(name="list")
def list_refunds(
    *,
    state: Annotated[RefundState | None, typer.Option(help="Only refunds in this state.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Refunds that are not over, or those in one state, oldest first."""
    from infra.commands.tables import print_refunds  # noqa: PLC0415 - each command loads only what it needs
    from infra.database import unit_of_work  # noqa: PLC0415
    from infra.payments.refund_list import refund_list  # noqa: PLC0415

    with plain_errors(), unit_of_work(connect().engine) as session:
        found = refund_list(session, state=state)
    if as_json:
        show(found)
        return
    if found:
        print_refunds(screen, found)
    else:
        typer.echo(f"No refund is {state}." if state else "No refund is under way.")


@refunds.command()
def request(
    name: Annotated[str, typer.Argument(help="The case, track id or order whose money is returned.")],
    *,
    actor: Actor,
    believed_left: Annotated[str, typer.Option(help="What you see that is left of it, such as 120.500.")],
    reason: Reason,
    amount: Annotated[str | None, typer.Option(help="How much, such as 20.000; all that is left when absent.")] = None,
    whole_order: Annotated[
        bool, typer.Option("--whole-order", help="Of all cases that were paid together, not of the named case alone.")
    ] = False,
    surplus: Annotated[
        bool, typer.Option("--surplus", help="Of money that pays nothing, when it could not go back by itself.")
    ] = False,
) -> None:
    """Ask for a refund; refused when another amount is left than you saw. A second person approves it.

    By the reference of a case that was paid together with others, it is of this case's share.
    """
    from infra.database import fetch, unit_of_work  # noqa: PLC0415 - each command loads only what it needs
    from infra.payments.finding import orders_called  # noqa: PLC0415
    from infra.payments.refund_requests import request_refund  # noqa: PLC0415
    from infra.payments.wording import tidy  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        with unit_of_work(ports.engine) as session:
            called = tidy(name, field="name")
            orders = orders_called(session, called)
            if len(orders) > 1:
                keys = ", ".join(str(each.id) for each in orders)
                raise RuleError(f"more than one payment is called so; name the order, one of {keys}")
            case_id = None if whole_order or surplus else _sharing(session, orders[0], called)
        made = request_refund(
            ports,
            orders[0].id,
            amount=dinars(amount, field="--amount") if amount else None,
            believed_left=dinars(believed_left, field="--believed-left"),
            reason=reason,
            actor=actor,
            case_id=case_id,
            surplus=surplus,
        )
        with unit_of_work(ports.engine) as session:
            asked = Money(fetch(session, Refund, made).amount_fils).english
        of = f"the share of {called}" if case_id else "the whole order"
        typer.echo(
            f"{made}\n{asked} of {of} is asked for.\nAnother person: {MANAGE} payments refunds approve {made} --as NAME"
        )


def _sharing(session: "Session", order: "PaymentOrder", called: str) -> "UUID | None":
    """The case that is called so, where others were paid together with it."""
    from infra.database import all_of  # noqa: PLC0415
    from models.case import Case  # noqa: PLC0415

    cases = all_of(session, Case, reference=called) if order.batch_id is not None else []
    return cases[0].id if cases else None


@refunds.command()
def approve(refund: RefundId, *, actor: Actor) -> None:
    """Approve a refund that another person asked for; the worker sends it at once."""
    from infra.payments.refund_requests import approve_refund  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        approve_refund(ports, whole_id(ports, Refund, refund, what="refund"), actor=actor)
        typer.echo("Approved; it is sent by itself.")


@refunds.command()
def refuse(refund: RefundId, *, actor: Actor, reason: Reason) -> None:
    """Refuse a refund that was asked for, or take your own request back; nothing is sent."""
    from infra.payments.refund_requests import refuse_refund  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        refuse_refund(ports, whole_id(ports, Refund, refund, what="refund"), actor=actor, reason=reason)
        typer.echo("Refused; nothing was sent.")

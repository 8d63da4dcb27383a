"""Commands for what only persons can settle: the work list, resolutions by two, and pauses of a gateway."""

from datetime import datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from infra.clock import written_minute
from infra.command_line import connect, plain_errors, show
from infra.commands.options import Actor, JsonFlag, Reason, own_words, whole_id
from infra.remedies import MANAGE
from infra.terminal import screen
from models.payments.resolution import Resolution, Verdict
from models.payments.review import ClosedBy, ReviewItem, ReviewKind, review_rules

ResolutionId = Annotated[str, typer.Argument(help="The resolution's id, or its first 8 characters.")]
GatewayName = Annotated[str, typer.Argument(help="The gateway's name, such as knet.")]


def work(*, as_json: JsonFlag = False) -> None:
    """The work list: every open question about money, oldest first, and what to do about it."""
    from infra.database import unit_of_work  # noqa: PLC0415 - each command loads only what it needs
    from infra.payments.work_list import work_list  # noqa: PLC0415

    with plain_errors(), unit_of_work(connect().engine) as session:
        items = work_list(session)
    if as_json:
        show(items)
        return
    for each in items:
        since = written_minute(datetime.fromisoformat(each["since"]))
        head = f"[bold]{each['item']}[/]  since {since}  {each['kind']}  {' '.join(each['about'])}"
        screen.print(head, soft_wrap=True)
        waiting = [
            f"waits for a second person: {MANAGE} payments approve-resolution {key} --as NAME"
            for key in each["resolutions"]
        ]
        note = "".join(f"\n  {line}" for line in (each["note"], *waiting) if line)
        words = f"  {each['title_en']}{note}\n  {each['do_en']}\n  {each['title_ar']}\n  {each['do_ar']}"
        words += f"\n  {MANAGE} payments {_answer_to(each)} --as NAME"
        screen.print(escape(words), soft_wrap=True)
    screen.print(f"{len(items)} open question(s).")


def _answer_to(item: dict[str, Any]) -> str:
    """What a person says about it, once it was looked into: by what it is about, or by the question's id."""
    if review_rules()[ReviewKind(item["kind"])].closed_by is ClosedBy.TWO_PERSONS:
        return f"resolve {item['about'][0]} --verdict VERDICT --evidence TEXT --reason TEXT"
    return f"close {item['item']} --reason TEXT"


def close(
    item: Annotated[str, typer.Argument(help="The question's id, as `payments work` shows it, or 8 characters of it.")],
    *,
    actor: Actor,
    reason: Annotated[
        str, typer.Option(callback=own_words, help="What was found and done, in a sentence; kept in the history.")
    ],
) -> None:
    """Close a question of the work list; its order goes on from where its money stands."""
    from infra.payments.reviews import close_review  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        question = whole_id(ports, ReviewItem, item, what="question")
        close_review(ports, question, actor=actor, resolution=reason)
        typer.echo("Closed.")


def resolve(
    called: Annotated[
        str, typer.Argument(help="The attempt's track id, or the refund's id or its first 8 characters.")
    ],
    *,
    actor: Actor,
    verdict: Annotated[Verdict, typer.Option(help="What the bank's portal or letter shows.")],
    reason: Reason,
    evidence: Annotated[
        str, typer.Option(callback=own_words, help="Where it was seen: the portal and day, the letter's number.")
    ],
) -> None:
    """Say what became of money whose fate is open; nothing follows until another person approves it."""
    from infra.payments.resolving import request_resolution  # noqa: PLC0415

    with plain_errors():
        made = request_resolution(connect(), called, verdict=verdict, reason=reason, evidence=evidence, actor=actor)
        typer.echo(f"{made}\nAnother person: {MANAGE} payments approve-resolution {made} --as NAME")


def approve_resolution(resolution: ResolutionId, *, actor: Actor) -> None:
    """Approve what another person says became of the money; it is carried out at once."""
    from infra.payments.resolving import approve_resolution as approve  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        wanted = whole_id(ports, Resolution, resolution, what="resolution")
        typer.echo(f"Done: it is {approve(ports, wanted, actor=actor)}.")


def withdraw_resolution(resolution: ResolutionId) -> None:
    """Take a resolution back before it is approved."""
    from infra.payments.resolving import withdraw_resolution as withdraw  # noqa: PLC0415

    with plain_errors():
        ports = connect()
        withdraw(ports, whole_id(ports, Resolution, resolution, what="resolution"))
        typer.echo("Withdrawn.")


def pause(gateway: GatewayName, *, actor: Actor, reason: Reason) -> None:
    """Send no more payers to a gateway; payments under way are finished."""
    from infra.payments.pauses import pause_by_staff  # noqa: PLC0415

    with plain_errors():
        stopped = pause_by_staff(connect(), gateway, actor=actor, reason=reason)
        typer.echo(f"{gateway} is paused." if stopped else f"{gateway} was paused already.")


def resume(gateway: GatewayName, *, actor: Actor, reason: Reason) -> None:
    """Send payers to a gateway again."""
    from infra.payments.pauses import lift_by_staff  # noqa: PLC0415

    with plain_errors():
        lifted = lift_by_staff(connect(), gateway, actor=actor, reason=reason)
        typer.echo(f"{gateway} takes payments again." if lifted else f"{gateway} was not paused.")

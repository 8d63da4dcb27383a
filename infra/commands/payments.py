"""`manage.py payments`: what operations staff do about payments; every act is kept with who did it and why."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from infra.command_line import connect, leave, plain_errors, show
from infra.commands.options import Actor, JsonFlag
from infra.commands.parsing import CommandLine
from infra.commands.questions import approve_resolution, close, pause, resolve, resume, withdraw_resolution, work
from infra.commands.refunds import refunds
from infra.terminal import progress, screen
from models.case import CaseStatus
from models.errors import InputError
from models.payments.claim import ClaimOutcome
from models.service import Service

if TYPE_CHECKING:
    from infra.payments.claiming import Answer
    from infra.payments.reprocessing import Summary
    from models.payments.reprocess import Plan

payments = CommandLine(no_args_is_help=True, help="Payments: look, ask again, resolve, refund, reconcile.")
payments.add_typer(refunds, name="refunds")
for each in (resolve, approve_resolution, withdraw_resolution, work, close, pause, resume):
    payments.command()(each)


@payments.command()
def reprocess(
    references: Annotated[list[str] | None, typer.Argument(help="Cases, such as RN-7K3M-9QTX.")] = None,
    *,
    status: Annotated[CaseStatus | None, typer.Option(help="Only cases that stand here.")] = None,
    service: Annotated[Service | None, typer.Option(help="Only this service.")] = None,
    older_than: Annotated[
        int | None, typer.Option(min=1, help="Only cases that have not moved for so many minutes.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All cases that stand still.")] = False,
    do: Annotated[bool, typer.Option("--do", help="Do what is safe; without it, only the preview.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    actor: Actor = "command-line",
) -> None:
    """Preview what asking again would do; with --do, do what is safe. Nobody is ever charged by it."""
    from infra.payments.standings import Selection, preview  # noqa: PLC0415 - each command loads only what it needs

    with plain_errors():
        ports = connect()
        selection = Selection(
            references=tuple(references or ()),
            status=status,
            service=service,
            older_than=timedelta(minutes=older_than) if older_than else None,
            everything=everything,
        )
        plans = preview(ports, selection)
        safe = _print_preview(plans, do=do)
        if do and safe and (yes or typer.confirm("Do what is safe?")):
            _carry_out(ports, plans, safe=safe, actor=actor)


def _print_preview(plans: list["Plan"], *, do: bool) -> int:
    """How many of them are safe."""
    from infra.commands.tables import print_plans  # noqa: PLC0415

    if not plans:
        screen.print("No such case stands still; there is nothing to reprocess.")
        return 0
    print_plans(screen, plans)
    safe = sum(1 for each in plans if each.safety == "safe")
    screen.print(f"{len(plans)} case(s), {safe} safe.{'' if do else ' Nothing was done; --do does what is safe.'}")
    return safe


def _carry_out(ports: Any, plans: list["Plan"], *, safe: int, actor: str) -> None:
    from infra.commands.tables import print_summary  # noqa: PLC0415
    from infra.payments.reprocessing import reprocess as carry_out  # noqa: PLC0415

    with progress(screen) as shown:
        bar = shown.add_task("Reprocessing", total=safe)
        summary: Summary = carry_out(ports, plans, actor=actor, on_progress=lambda done: shown.advance(bar, done))
    print_summary(screen, summary)
    if summary.failed:
        leave(f"{len(summary.failed)} case(s) failed; do it again, it repeats nothing", code=3)


@payments.command()
def claim(
    text: Annotated[
        str, typer.Argument(help="What the payer says, with the bank's number, track id, case or batch in it.")
    ],
    *,
    actor: Actor = "command-line",
    as_json: JsonFlag = False,
) -> None:
    """A payer says that it is paid: look it up, ask at once, and say what to answer; exit code 1 when unknown."""
    from infra.payments.claiming import claim as look_into  # noqa: PLC0415

    with plain_errors():
        answer = look_into(connect(), text, actor=actor)
    if as_json:
        show(_as_json(answer))
    else:
        _print_answer(answer)
    if answer.outcome is ClaimOutcome.UNKNOWN_HERE:
        raise typer.Exit(1)


def _as_json(answer: "Answer") -> dict[str, Any]:
    words = {"en": answer.words.en, "ar": answer.words.ar}
    receipts = [{"number": number, "at": address} for number, address in answer.receipts]
    found: dict[str, Any] = {"cases": list(answer.references), "trackid": answer.trackid, "pay_url": answer.pay_url}
    found |= {"receipts": receipts, "candidates": list(answer.candidates)}
    money = {"taken_fils": answer.taken_fils, "returned_fils": answer.returned_fils}
    return {"outcome": answer.outcome.value} | found | money | words


def _print_answer(answer: "Answer") -> None:
    screen.print(f"[bold]{answer.outcome.value}[/]  {' '.join((*answer.references, answer.trackid))}", soft_wrap=True)
    for number, address in answer.receipts:
        screen.print(f"Receipt {number} at {address}", soft_wrap=True)
    for each in answer.candidates:
        screen.print(f"Payment {each}", soft_wrap=True)
    screen.print(f"{answer.words.en}\n{answer.words.ar}", markup=False, soft_wrap=True)
    if answer.pay_url:
        screen.print(f"Pay at {answer.pay_url}", soft_wrap=True)


@payments.command(name="show")
def show_story(
    name: Annotated[
        str,
        typer.Argument(
            help="A case, batch, track id, payment ID, bank's reference, receipt, or the id of an order or refund."
        ),
    ],
    *,
    as_json: JsonFlag = False,
) -> None:
    """The whole story of a payment in the order of time: who, when, why, and on which evidence."""
    from infra.commands.tables import print_story, print_unowned  # noqa: PLC0415
    from infra.database import unit_of_work  # noqa: PLC0415
    from infra.payments.finding import orders_called, orders_known_as  # noqa: PLC0415
    from infra.payments.story import story  # noqa: PLC0415
    from infra.payments.unowned import unowned_called, unowned_report  # noqa: PLC0415
    from infra.payments.wording import tidy  # noqa: PLC0415

    with plain_errors():
        wanted = tidy(name, field="name")
        with unit_of_work(connect().engine) as session:
            unowned = [unowned_report(each) for each in unowned_called(session, wanted)]
            find = orders_known_as if unowned else orders_called
            tales = [story(session, order) for order in find(session, wanted)]
    if as_json:
        show([*tales, *unowned])
        return
    for tale in tales:
        print_story(screen, tale)
    for each in unowned:
        print_unowned(screen, each)


@payments.command()
def settle(*, actor: Actor = "command-line") -> None:
    """One round of what the worker does by itself: ask what is due, send due refunds, let unpaid orders lapse."""
    from infra.payments.due import settle_due  # noqa: PLC0415

    with plain_errors():
        done = settle_due(connect(), actor=actor)
    screen.print(f"{len(done.asked)} payment(s) asked about, {len(done.refunds)} refund(s), {len(done.lapsed)} lapsed.")


@payments.command()
def reconcile(
    file: Annotated[Path, typer.Argument(help="The bank's settlement file.")],
    *,
    profile: Annotated[
        str | None, typer.Option(help="Which of its columns is which; without it, which there are.")
    ] = None,
    gateway: Annotated[str, typer.Option(help="Whose file it is.")] = "knet",
    actor: Actor = "command-line",
) -> None:
    """Take in a settlement file: compare it with the books to the fil; what differs goes to the work list.

    Exit code 1 when somebody has to look into it.
    """
    from infra.payments.reconciling import import_settlement  # noqa: PLC0415
    from infra.payments.reconciling.profile import profile_names  # noqa: PLC0415
    from infra.payments.reconciling.report_table import print_report  # noqa: PLC0415

    with plain_errors():
        if profile is None:
            raise InputError("profile", f"say how the file is written; there are: {', '.join(profile_names())}")
        data = _content(file)
        with progress(screen) as shown:
            bar = shown.add_task("Lines", total=None)
            report = import_settlement(
                connect(),
                gateway=gateway,
                profile=profile,
                name=file.name,
                data=data,
                actor=actor,
                on_progress=lambda done, total: shown.update(bar, completed=done, total=total),
            )
    print_report(screen, report)
    if not report.totals_agree or any(each.resolved_at is None for each in report.reviews):
        raise typer.Exit(1)  # somebody has to look into it


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise InputError(str(file), f"cannot be read ({error.strerror}); give the bank's file") from None

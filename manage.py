"""The command line of the residency renewal service: `.venv/bin/python manage.py --help`."""

from pathlib import Path
from typing import Annotated

import typer

from infra.command_line import connect, enter_environment, leave, plain_errors, read_json, show
from infra.commands.cases import cancel, status, submit, supply
from infra.commands.keeping import COMMANDS as KEEPING
from infra.commands.ledger import ledger
from infra.commands.options import JsonFlag
from infra.commands.parsing import CommandLine
from infra.commands.payments import payments
from infra.commands.queue import hold, queue, release, unhold
from infra.commands.receipts import receipts
from infra.commands.scrubbing import scrub
from infra.remedies import MANAGE
from infra.stack import CHECKOUT_PLACES
from infra.terminal import screen

app = CommandLine(no_args_is_help=True, help=__doc__, pretty_exceptions_show_locals=False)
fees = CommandLine(no_args_is_help=True, help="Fee calculator and explanations.")
app.add_typer(fees, name="fees")
app.add_typer(payments, name="payments")
app.add_typer(ledger, name="ledger")
app.add_typer(receipts, name="receipts")
for each in (submit, supply, status, cancel, queue, release, hold, unhold, scrub, *KEEPING):
    app.command()(each)
Reference = Annotated[str, typer.Argument(help="The case's reference, such as RN-7K3M-9QTX.")]
PortOption = Annotated[int, typer.Option(help="Port on 127.0.0.1.")]


@app.command()
def demo() -> None:
    """Renew twelve synthetic applications of all six services, from files to receipts, on the local stack."""
    from infra.demo.show import show_demo  # noqa: PLC0415 - each command loads only what it needs

    with plain_errors():
        show_demo(CHECKOUT_PLACES, screen)


@app.command()
def up() -> None:
    """Start the local stack and keep it up until Ctrl-C."""
    from infra.demo.show import show_stack  # noqa: PLC0415

    with plain_errors():
        show_stack(CHECKOUT_PLACES, screen)


@app.command()
def migrate(
    check: Annotated[
        bool, typer.Option("--check", help="In a throwaway database: fail when migrations and tables differ.")
    ] = False,
    message: Annotated[str, typer.Option(help="In a throwaway database: write a new migration with this title.")] = "",
) -> None:
    """Bring the database's schema up to date."""
    from infra import schema  # noqa: PLC0415
    from infra.database import open_engine  # noqa: PLC0415
    from infra.stack.throwaway import throwaway_database  # noqa: PLC0415

    with plain_errors():
        if check:
            with throwaway_database() as url:
                engine = open_engine(url, pool_size=2)
                schema.migrate(engine)
                differences = schema.drift(engine)
                engine.dispose()
            if differences:
                leave("tables and migrations differ:\n" + "\n".join(differences), code=1)
            typer.echo("The migrations give what the tables want.")
            return
        if message:
            with throwaway_database() as url:
                engine = open_engine(url, pool_size=2)
                schema.migrate(engine)
                written = schema.revise(engine, message)
                engine.dispose()
            typer.echo(f"Written: {written}. Read it; `migrate --check` names what it still lacks.")
            return
        schema.migrate(connect().engine)
        typer.echo("The schema is up to date.")


@app.command()
def seed(
    folder: Annotated[Path, typer.Argument(help="Where to write the application folders.")] = CHECKOUT_PLACES.var
    / "seed",
) -> None:
    """Write the demo's synthetic applications, and tell a running sandbox about their people."""
    from infra.demo.show import seed_applications  # noqa: PLC0415

    with plain_errors():
        for story in seed_applications(folder):
            typer.echo(f"{folder / story.folder}  {story.title_en}")


@app.command()
def worker() -> None:
    """Run the worker: claims runs from Prefect and carries them; carries the outbox."""
    with plain_errors():
        ports = connect(serves=True)
        import anyio  # noqa: PLC0415

        from flows.worker.life import work  # noqa: PLC0415

        anyio.run(work, ports)


@app.command()
def web(
    port: PortOption = 8080,
    host: Annotated[str, typer.Option(help="0.0.0.0 in a container, behind the proxy.")] = "127.0.0.1",
) -> None:
    """Serve the pay page, the gateway's callbacks and the receipts."""
    with plain_errors():
        ports = connect(serves=True)
        import uvicorn  # noqa: PLC0415

        from web.app import create_app  # noqa: PLC0415

        uvicorn.run(create_app(ports), host=host, port=port, log_level="warning", access_log=False)


@app.command()
def sandbox(
    port: PortOption = 8090,
    folder: Annotated[Path, typer.Option(help="Where it keeps its books and its people.")] = CHECKOUT_PLACES.var
    / "sandbox",
) -> None:
    """Play bank and registries on this machine, with synthetic people."""
    with plain_errors():
        enter_environment()
        import uvicorn  # noqa: PLC0415

        from infra.sandbox.serving import sandbox_app  # noqa: PLC0415

        uvicorn.run(
            sandbox_app(folder),
            host="127.0.0.1",
            port=port,
            log_level="warning",
            access_log=False,
        )


@app.command()
def bench(
    *,
    renewals: Annotated[int, typer.Option(min=2, help="With our worker, at once.")] = 300,
    plain: Annotated[int, typer.Option(min=2, help="With a plain loop and no engine.")] = 100,
    stock: Annotated[int, typer.Option(min=2, help="With Prefect's process worker, which is slower.")] = 16,
    rate: Annotated[float, typer.Option(min=0.1, help="Submissions a second, when paced.")] = 3.0,
    minutes: Annotated[float, typer.Option(min=0, help="How long paced; 0 leaves it out.")] = 10.0,
) -> None:
    """Measure renewals a second and what each costs, beside other ways; writes benchmarks/results.md."""
    from benchmarks.run import Sizes  # noqa: PLC0415
    from benchmarks.run import bench as measure  # noqa: PLC0415

    with plain_errors():
        page = measure(screen, Sizes(renewals=renewals, plain=plain, stock=stock, rate=rate, minutes=minutes))
    screen.print(page.read_text("utf-8"), markup=False, soft_wrap=True)


@app.command()
def doctor(as_json: JsonFlag = False) -> None:
    """Check settings, database, schema, store, rule book and Prefect; say what is wrong and what to do."""
    from infra.doctor import examine  # noqa: PLC0415

    with plain_errors():
        findings = examine(connect())
    if as_json:
        show(findings)
    else:
        for finding in findings:
            screen.print(f"{'[green]✓[/]' if finding['ok'] else '[red]✗[/]'} {finding['part']}: {finding['says']}")
    if not all(finding["ok"] for finding in findings):
        raise typer.Exit(1)


@app.command()
def docs(
    check: Annotated[bool, typer.Option("--check", help="Change nothing; fail when a document is stale.")] = False,
) -> None:
    """Write the generated documents again: the state diagrams in README.md, the JSON Schemas in docs/."""
    from infra import generated_docs  # noqa: PLC0415
    from infra.stack.places import CHECKOUT  # noqa: PLC0415

    if not check:
        typer.echo("\n".join(generated_docs.write(CHECKOUT)) or "Nothing had changed.")
    elif old := generated_docs.stale(CHECKOUT):
        leave(f"{', '.join(old)}: not what the code says; run `{MANAGE} docs`", code=1)


@fees.command()
def quote(
    file: Annotated[Path | None, typer.Argument(help="JSON array of cases; absent or -: standard input.")] = None,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON Schema of the input.")] = False,
) -> None:
    """Compute fees for any cases; needs no database. Prints a JSON array."""
    from models.fees.calculator import calculate  # noqa: PLC0415
    from models.fees.facts import schema as input_schema  # noqa: PLC0415

    if schema:
        show(input_schema())
        return
    with plain_errors():
        show(calculate(read_json(file)))


@fees.command()
def explain(reference: Reference, as_json: JsonFlag = False) -> None:
    """Why each fil of a case's quote: the rule, its source, since when it is in force."""
    from infra.case_report import case_by_reference, fee_report  # noqa: PLC0415
    from infra.case_tables import print_fees  # noqa: PLC0415
    from infra.database import unit_of_work  # noqa: PLC0415

    with plain_errors(), unit_of_work(connect().engine) as session:
        report = fee_report(session, case_by_reference(session, reference))
    if as_json:
        show(report)
    else:
        print_fees(screen, report)


if __name__ == "__main__":
    app()

"""`manage.py scrub`: whether every stored file is still what it was."""

import typer

from infra.command_line import connect, plain_errors


def scrub() -> None:
    """Read every stored receipt and document again; names those that are gone or damaged, and then leaves with 1."""
    from infra.scrubbing import scrub as read_again  # noqa: PLC0415 - each command loads only what it needs
    from infra.terminal import progress, put, screen, table  # noqa: PLC0415

    with plain_errors(), progress(screen) as bar:
        task = bar.add_task("files read", total=None)
        done = read_again(connect(), progress=lambda count: bar.update(task, completed=count))
    screen.print(f"{done.read} file(s) read, {len(done.damaged)} damaged.")
    if done.damaged:
        rows = table("case", "file", "trouble", prose=frozenset({"trouble"}))
        for kept, why in done.damaged:
            rows.add_row(kept.reference, kept.what, why)
        put(screen, rows)
        raise typer.Exit(1)

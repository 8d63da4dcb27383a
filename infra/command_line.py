"""What every command of `manage.py` shares: its settings, its adapters, and how it says that something is wrong."""

import json
import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import typer
from pydantic import ValidationError

from infra.errors import InfraError, TransientError
from infra.log import set_up
from infra.stack import StackError, running_environment
from models.errors import CaseworkError, InputError


@contextmanager
def plain_errors() -> Iterator[None]:
    """A refusal is a sentence and exit code 2; trouble outside is a sentence and exit code 3."""
    try:
        yield
    except CaseworkError as error:
        leave(str(error), code=2)
    except TransientError as error:
        leave(f"{error}; try again in a minute, nothing is done twice", code=3)
    except (InfraError, StackError) as error:
        leave(str(error), code=3)
    except ValidationError as error:
        leave(f"settings are missing or wrong: {_wrong_settings(error)}; see .env.example", code=2)


def _wrong_settings(error: ValidationError) -> str:
    """By the names that the environment gives them; a rule between settings has no name, it says what it wants."""
    return ", ".join(
        "RENEWAL_" + "__".join(map(str, each["loc"])).upper() if each["loc"] else each["msg"]
        for each in error.errors(include_input=False)
    )


def leave(message: str, *, code: int) -> NoReturn:
    typer.echo(f"Error: {message}", err=True)
    raise typer.Exit(code)


def enter_environment() -> None:
    """The settings: from the environment when it names a database, else those of the stack that runs here."""
    if "RENEWAL_DATABASE_URL" not in os.environ:
        os.environ.update(running_environment())


def connect(*, serves: bool = False) -> Any:
    """The adapters of this process. One that serves keeps a log; who types a command reads its words, not a log's.

    Of what a command does, only an error is logged too: it is how staff are alerted.
    """
    enter_environment()
    from infra.wiring import ports  # noqa: PLC0415 - after the environment is complete

    connected = ports()
    set_up(json=connected.settings.log_json, least=logging.INFO if serves else logging.ERROR)
    return connected


def show(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def read_json(file: Path | None) -> Any:
    """The content of a file, or of standard input when there is none or it is called `-`."""
    name = str(file) if file and str(file) != "-" else "standard input"
    try:
        return json.loads(sys.stdin.read() if name == "standard input" else Path(name).read_text("utf-8"))
    except OSError as error:
        raise InputError(name, f"cannot be read ({error.strerror}); give a JSON file") from None
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise InputError(name, f"is not JSON: {error}") from None

"""Reading what was handed in: `application.json`, and the spreadsheet where there is one."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from infra.intake.wrong_fields import wrong_fields
from infra.remedies import MANAGE
from infra.spreadsheet import read_employees
from models.application import Application, PersonInput
from models.errors import InputError

APPLICATION: Final = "application.json"
_LARGEST: Final = 64 * 2**20


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file directly in `folder`, by name."""
    if not folder.is_dir():
        raise InputError("folder", f"{folder} is not a folder; give the one that holds application.json")
    files = {}
    for path in sorted(folder.iterdir()):
        if path.is_symlink():
            raise InputError(path.name, "is a link; put the file itself into the folder")
        if path.is_file():
            files[path.name] = read_file(path)
    return files


def read_file(path: Path) -> bytes:
    """InputError when it is no ordinary file, or larger than any document may be."""
    if path.is_symlink() or not path.is_file():
        raise InputError(path.name, "is not an ordinary file, or there is none; give the file itself")
    if path.stat().st_size > _LARGEST:
        raise InputError(path.name, f"is larger than {_LARGEST // 2**20} MB; no document is")
    return path.read_bytes()


def read_application(files: Mapping[str, bytes]) -> Application:
    """`application.json` as the schema wants it; every wrong field is named."""
    if APPLICATION not in files:
        raise InputError(APPLICATION, "missing; put it beside the files that it names")
    try:
        given = json.loads(files[APPLICATION])
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(APPLICATION, f"is not JSON ({error}); write it as `{MANAGE} submit --schema` shows") from None
    try:
        return Application.model_validate(given)
    except ValidationError as error:
        (field, words), *others = wrong_fields(error, given)
        raise InputError(field, words + "".join(f"; {other}: {more}" for other, more in others)) from None


def read_persons(application: Application, files: Mapping[str, bytes]) -> Sequence[PersonInput]:
    """The persons of the application, or of its spreadsheet."""
    if application.spreadsheet is None:
        return application.persons
    if application.spreadsheet not in files:
        raise InputError("spreadsheet", f"there is no file {application.spreadsheet!r} beside {APPLICATION}")
    return read_employees(files[application.spreadsheet], file=application.spreadsheet)

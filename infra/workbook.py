"""Opens an .xlsx workbook that a stranger handed in: bounded in size, every cell as plain text."""

import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Final

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from models.errors import InputError

MAX_COLUMNS: Final = 40
_LAST_ROW: Final = 1_048_576  # a sheet has no more; a forged row number would otherwise count for ever
_MAX_UNPACKED: Final = 50 * 1024 * 1024
_MAX_RATIO: Final = 200
# What zipfile, the XML parsers and openpyxl raise on a file that is not what it says it is.
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, InvalidFileException, SyntaxError, LookupError, ValueError, TypeError,
    AttributeError, AssertionError, OSError, EOFError, RuntimeError, OverflowError,
)  # fmt: skip

Row = tuple[int, tuple[str, ...]]


def filled_rows(data: bytes, *, file: str, at_most: int) -> list[Row]:
    """The rows of the first sheet that hold anything, with their numbers; stops at one row more than `at_most`."""
    try:
        _refuse_bomb(data, file=file)
        return list(_filled(data, at_most=at_most))
    except InputError:
        raise
    except _BROKEN:
        remedy = "is not a readable .xlsx spreadsheet; save it again as .xlsx, without a password"
        raise InputError(file, remedy) from None


def _refuse_bomb(data: bytes, *, file: str) -> None:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    if unpacked > _MAX_UNPACKED or unpacked > _MAX_RATIO * len(data):
        raise InputError(file, "unpacks to far more than its rows need; copy the rows into a new spreadsheet")


def _filled(data: bytes, *, at_most: int) -> Iterator[Row]:
    book = load_workbook(BytesIO(data), read_only=True, data_only=True)
    rows = book.worksheets[0].iter_rows(max_row=_LAST_ROW, max_col=MAX_COLUMNS, values_only=True)
    found = 0
    for number, values in enumerate(rows, start=1):
        if values.count(None) == len(values):
            continue
        texts = tuple(_text(value) for value in values)
        if any(texts):
            yield number, texts
            found += 1
        if found > at_most:
            return


def _text(value: object) -> str:
    """A cell as text: whole numbers without a point, Western digits, no invisible marks of direction."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    marks = unicodedata.normalize("NFKC", str(value)).strip()
    return "".join(str(unicodedata.decimal(mark, mark)) for mark in marks if unicodedata.category(mark) != "Cf")

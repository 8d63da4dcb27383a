"""The spreadsheet (.xlsx) in which an organisation's operator names the employees: its columns, reading, writing."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from openpyxl import Workbook
from pydantic import ValidationError

from infra.workbook import Row, filled_rows
from models.application import PersonInput
from models.errors import InputError
from models.rules.documents import KIND_ID

COLUMNS: Final = ("civil_number", "passport_mrz_1", "passport_mrz_2", "article", "years")
MAX_EMPLOYEES: Final = 500
_KIND: Final = re.compile(KIND_ID)
_TEXT_FORMAT: Final = "@"  # keeps Excel from turning twelve digits into 2.85E+11
_WIDTHS: Final = {"A": 16, "B": 52, "C": 52}
_REMEDIES: Final = {
    "civil_number": ("write the twelve digits of the civil number", "اكتب أرقام الرقم المدني الاثني عشر"),
    "passport_mrz_1": (
        "write the 44 characters of the upper line at the foot of the passport page",
        "اكتب السطر العلوي أسفل صفحة الجواز كاملاً: 44 رمزاً",
    ),
    "passport_mrz_2": (
        "write the 44 characters of the lower line at the foot of the passport page",
        "اكتب السطر السفلي أسفل صفحة الجواز كاملاً: 44 رمزاً",
    ),
    "article": ("write the number of the residency's article, such as 18", "اكتب رقم مادة الإقامة، مثل 18"),
    "years": ("write whole years, from 1 to 15", "اكتب عدد السنوات الكاملة من 1 إلى 15"),
}
_FILE_REMEDY: Final = (
    "write the name of a file handed in with the sheet: Latin letters, digits, dot, hyphen; no folder",
    "اكتب اسم ملف مرفق مع الجدول: أحرف لاتينية وأرقام ونقطة وشرطة، دون مجلد",
)
_COLUMN_REMEDY: Final = ("add this column", "أضف هذا العمود")
_HEADING_REMEDY: Final = (
    "head the column with the name of one document kind, such as work_permit, or remove it",
    "اكتب في رأس العمود اسم نوع مستند واحد، مثل work_permit، أو احذف العمود",
)


@dataclass(frozen=True, slots=True)
class SheetProblem:
    """One wrong cell: the row as the spreadsheet program numbers it, the column's heading, what to do."""

    row: int
    column: str
    remedy_en: str
    remedy_ar: str

    def __str__(self) -> str:
        return f"row {self.row}, column {self.column}: {self.remedy_en}"


class SpreadsheetError(InputError):
    """Every problem of one sheet. No cell's content is repeated: cells hold personal data."""

    def __init__(self, file: str, problems: Iterable[SheetProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__(file, "; ".join(map(str, self.problems)))


def read_employees(data: bytes, *, file: str) -> list[PersonInput]:
    """The employees in the sheet's order; a SpreadsheetError names every wrong cell, and then none is taken."""
    filled = filled_rows(data, file=file, at_most=1 + MAX_EMPLOYEES)
    if not filled:
        raise InputError(file, f"is empty; write the headings {', '.join(COLUMNS)} in the first row")
    headings = _headings(filled[0], file=file)
    rows = filled[1:]
    if not rows:
        raise InputError(file, "has no employees; write one in each row below the headings")
    if len(rows) > MAX_EMPLOYEES:
        raise InputError(file, f"has more than {MAX_EMPLOYEES} employees; split it into several applications")
    persons: list[PersonInput] = []
    problems: list[SheetProblem] = list(_repeated(rows, column=headings.index("civil_number")))
    for number, texts in rows:
        cells = {heading: text for heading, text in zip(headings, texts, strict=False) if text}
        try:
            persons.append(_person(cells))
        except ValidationError as error:
            problems += _problems(error, row=number, kinds=_kinds(cells))
    if problems:
        raise SpreadsheetError(file, sorted(problems, key=lambda problem: problem.row))
    return persons


def write_employees(persons: Sequence[PersonInput], *, kinds: Sequence[str]) -> bytes:
    """The sheet that `read_employees` reads, with a column per document kind; without persons, a form to fill in."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "employees"
    sheet.append([*COLUMNS, *kinds])
    for person in persons:
        files = {document.kind: document.file for document in person.documents}
        identity = [person.civil_number, *person.passport_mrz, person.article, person.years]
        sheet.append([*identity, *(files.get(kind) for kind in kinds)])
    for column, width in _WIDTHS.items():
        sheet.column_dimensions[column].width = width
        sheet.column_dimensions[column].number_format = _TEXT_FORMAT
    sheet.freeze_panes = "A2"
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _headings(header: Row, *, file: str) -> list[str]:
    number, texts = header
    headings = [text.lower() for text in texts]
    while not headings[-1]:
        headings.pop()
    problems = [SheetProblem(number, column, *_COLUMN_REMEDY) for column in COLUMNS if column not in headings]
    for position, heading in enumerate(headings):
        if heading in headings[:position] or not (heading in COLUMNS or _KIND.fullmatch(heading)):
            problems.append(SheetProblem(number, str(position + 1), *_HEADING_REMEDY))
    if problems:
        raise SpreadsheetError(file, problems)
    return headings


def _kinds(cells: Iterable[str]) -> list[str]:
    return [heading for heading in cells if heading not in COLUMNS]


def _person(cells: dict[str, str]) -> PersonInput:
    identity = {column: cells.get(column, "").replace(" ", "") for column in COLUMNS}
    zone = [identity.pop("passport_mrz_1").upper(), identity.pop("passport_mrz_2").upper()]
    documents = [{"kind": kind, "file": cells[kind]} for kind in _kinds(cells)]
    return PersonInput.model_validate({**identity, "passport_mrz": zone, "documents": documents})


def _problems(error: ValidationError, *, row: int, kinds: Sequence[str]) -> Iterator[SheetProblem]:
    for detail in error.errors(include_url=False, include_context=False, include_input=False):
        field, *rest = map(str, detail["loc"])
        column = field
        if field == "passport_mrz":
            column = f"passport_mrz_{int(rest[0]) + 1}"
        elif field == "documents":
            column = kinds[int(rest[0])]
        yield SheetProblem(row, column, *_REMEDIES.get(column, _FILE_REMEDY))


def _repeated(rows: Sequence[Row], *, column: int) -> Iterator[SheetProblem]:
    """A civil number twice would charge one person twice."""
    first_rows: dict[str, int] = {}
    for row, texts in rows:
        first = first_rows.setdefault(texts[column], row)
        if texts[column] and first != row:
            yield SheetProblem(
                row,
                "civil_number",
                f"this employee stands in row {first} already; keep one of the two rows",
                f"هذا الموظف مذكور في الصف {first}؛ أبقِ أحد الصفين فقط",
            )

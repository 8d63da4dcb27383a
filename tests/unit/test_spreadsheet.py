"""The operator's spreadsheet: what is read, and how everything wrong in it is named at once."""

import zipfile
from collections.abc import Sequence
from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from infra.spreadsheet import COLUMNS, MAX_EMPLOYEES, SpreadsheetError, read_employees, write_employees
from models.application import DocumentInput, PersonInput
from models.errors import InputError

UPPER = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<"
LOWER = "L898902C36UTO7408122F1204159ZE184226B<<<<<10"
FIRST, SECOND = "285051500015", "285051500023"


def sheet(*rows: Sequence[object], headings: Sequence[str] = (*COLUMNS, "passport")) -> bytes:
    book = Workbook()
    for row in (headings, *rows):
        book.worksheets[0].append(list(row))
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def row(civil_number: object = FIRST, **different: object) -> list[object]:
    cells = {"civil_number": civil_number, "passport_mrz_1": UPPER, "passport_mrz_2": LOWER, "article": 18, "years": 1}
    return [*{**cells, **different}.values(), "passport-1.jpg"]


def person(civil_number: str = FIRST) -> PersonInput:
    return PersonInput(
        civil_number=civil_number,
        passport_mrz=[UPPER, LOWER],
        article=18,
        years=1,
        documents=[DocumentInput(kind="passport", file="passport-1.jpg")],
    )


def cells_blamed(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(SpreadsheetError) as refused:
        read_employees(data, file="staff.xlsx")
    assert all(problem.remedy_en and problem.remedy_ar for problem in refused.value.problems)
    return [(problem.row, problem.column) for problem in refused.value.problems]


def test_what_is_written_is_what_is_read() -> None:
    persons = [person(FIRST), person(SECOND)]
    assert read_employees(write_employees(persons, kinds=["passport", "photo"]), file="staff.xlsx") == persons


@pytest.mark.parametrize(
    "civil_number",
    [285051500015, 285051500015.0, " 2850 5150 0015 ", "\u200e285051500015\u200f", "٢٨٥٠٥١٥٠٠٠١٥", "۲۸۵۰۵۱۵۰۰۰۱۵"],
)
def test_a_civil_number_may_be_a_number_or_any_way_of_typing_it(civil_number: object) -> None:
    assert read_employees(sheet(row(civil_number)), file="staff.xlsx") == [person()]


def test_headings_may_be_in_any_order_and_case_and_empty_rows_are_skipped() -> None:
    headings = ["Years", " CIVIL_NUMBER", "article", "passport_mrz_2", "passport_mrz_1", "passport"]
    data = sheet([], ["1", FIRST, "18", LOWER.lower(), UPPER, "passport-1.jpg"], [], headings=headings)
    assert read_employees(data, file="staff.xlsx") == [person()]


def test_every_wrong_cell_is_named_at_once() -> None:
    data = sheet(
        row("12345", years=0),
        row(SECOND, passport_mrz_2=LOWER[:-1]),
        [*row(FIRST, article="eighteen")[:-1], "C:\\scans\\passport.jpg"],
    )
    assert cells_blamed(data) == [
        (2, "civil_number"), (2, "years"), (3, "passport_mrz_2"), (4, "article"), (4, "passport"),
    ]  # fmt: skip


def test_a_blank_file_cell_does_not_shift_the_blame_to_another_column() -> None:
    headings = [*COLUMNS, "passport", "photo", "work_permit"]
    data = sheet([FIRST, UPPER, LOWER, 18, 1, None, "a b.jpg", "permit.pdf"], headings=headings)
    assert cells_blamed(data) == [(2, "photo")]


def test_an_employee_who_stands_twice_is_refused() -> None:
    assert cells_blamed(sheet(row(), row(SECOND), row())) == [(4, "civil_number")]


def test_missing_unknown_and_double_headings_are_named() -> None:
    headings = ["civil_number", "passport_mrz_1", "passport_mrz_2", "article", "Notes 2026", "photo", "photo"]
    assert cells_blamed(sheet([], headings=headings)) == [(1, "years"), (1, "5"), (1, "7")]


def test_no_message_repeats_what_stands_in_a_cell() -> None:
    with pytest.raises(SpreadsheetError) as refused:
        read_employees(sheet(row("28505150001X", passport_mrz_1="P<KWTSURNAME")), file="staff.xlsx")
    assert "28505150001X" not in str(refused.value)
    assert "SURNAME" not in str(refused.value)


@pytest.mark.parametrize("data", [b"", b"civil_number,years\n", b"PK\x03\x04", sheet()[:2000]])
def test_a_file_that_is_no_workbook_is_refused_with_a_remedy(data: bytes) -> None:
    with pytest.raises(InputError, match=r"save it again as \.xlsx"):
        read_employees(data, file="staff.xlsx")


def test_a_sheet_without_headings_or_without_employees_is_refused() -> None:
    with pytest.raises(InputError, match="write the headings"):
        read_employees(sheet(headings=[]), file="staff.xlsx")
    with pytest.raises(InputError, match="no employees"):
        read_employees(write_employees([], kinds=[]), file="staff.xlsx")


def test_more_employees_than_one_application_may_hold_are_refused() -> None:
    rows = [row() for _ in range(MAX_EMPLOYEES + 1)]
    with pytest.raises(InputError, match="split it"):
        read_employees(sheet(*rows), file="staff.xlsx")


def test_an_employee_far_below_the_others_is_not_overlooked() -> None:
    book = Workbook()
    for place, cells in {1: [*COLUMNS, "passport"], 2: row(), 9000: row(SECOND)}.items():
        for column, value in enumerate(cells, start=1):
            book.worksheets[0].cell(row=place, column=column, value=str(value))
    out = BytesIO()
    book.save(out)
    assert read_employees(out.getvalue(), file="staff.xlsx") == [person(FIRST), person(SECOND)]


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            if part != name:
                new.writestr(part, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def test_a_small_file_that_unpacks_to_very_much_is_refused_unread() -> None:
    bomb = with_part(sheet(row()), "xl/media/blank.bin", bytes(60 * 1024 * 1024))
    with pytest.raises(InputError, match="unpacks to far more"):
        read_employees(bomb, file="staff.xlsx")


def test_a_forged_row_number_does_not_make_us_count_for_ever() -> None:
    forged = b"""<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>
        <row r="99999999999"><c r="A99999999999" t="inlineStr"><is><t>x</t></is></c></row></sheetData></worksheet>"""
    with pytest.raises(InputError):
        read_employees(with_part(sheet(), "xl/worksheets/sheet1.xml", forged), file="staff.xlsx")


def test_entities_that_expand_are_refused() -> None:
    laughing = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><worksheet><sheetData>&b;</sheetData></worksheet>'
    with pytest.raises(InputError):
        read_employees(with_part(sheet(), "xl/worksheets/sheet1.xml", laughing), file="staff.xlsx")


@settings(max_examples=60, deadline=None)
@given(part=st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "[Content_Types].xml"]), junk=st.binary())
def test_whatever_a_part_holds_only_an_input_error_comes_out(part: str, junk: bytes) -> None:
    with pytest.raises(InputError):
        read_employees(with_part(sheet(row()), part, junk), file="staff.xlsx")

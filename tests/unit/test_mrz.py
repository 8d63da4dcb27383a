"""The passport's machine-readable zone, against ICAO's specimen and the law that what is written reads back."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from models.errors import InputError
from models.mrz import Passport, check_digit, parse_td3, write_td3
from models.registry import Sex

TODAY = date(2026, 1, 15)
SPECIMEN = ("P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIELDS = [
    "number", "nationality", "issuing_state", "surname", "given_names", "born", "sex", "expires", "document_code",
    "optional", "name_is_cut",
]  # fmt: skip

codes = st.text(LETTERS, min_size=1, max_size=3)
words = st.text(LETTERS, min_size=1, max_size=6)
passports = st.builds(
    Passport,
    number=st.text(LETTERS + "0123456789", min_size=1, max_size=9),
    nationality=codes,
    issuing_state=codes,
    surname=st.lists(words, min_size=1, max_size=2).map(" ".join),
    given_names=st.lists(words, max_size=3).map(" ".join),
    born=st.dates(date(1926, 1, 16), TODAY),
    sex=st.sampled_from([*Sex, None]),
    expires=st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    document_code=st.sampled_from(["P", "PD", "PO"]),
    optional=st.text(LETTERS + "0123456789", max_size=14),
)


def read(line1: str, line2: str) -> Passport:
    return parse_td3(line1, line2, field="passport", on=TODAY)


def facts(passport: Passport) -> dict[str, object]:
    return {name: getattr(passport, name) for name in FIELDS}


def test_the_specimen_of_icao_reads_as_printed() -> None:
    assert facts(read(*SPECIMEN)) == {
        "number": "L898902C3",
        "nationality": "UTO",
        "issuing_state": "UTO",
        "surname": "ERIKSSON",
        "given_names": "ANNA MARIA",
        "born": date(1974, 8, 12),
        "sex": Sex.FEMALE,
        "expires": date(2012, 4, 15),
        "document_code": "P",
        "optional": "ZE184226B",
        "name_is_cut": False,
    }
    assert write_td3(read(*SPECIMEN)) == SPECIMEN


@given(passports)
def test_what_is_written_reads_back(passport: Passport) -> None:
    lines = write_td3(passport)
    assert [len(line) for line in lines] == [44, 44]
    assert facts(read(*lines)) == facts(passport)


@given(passports, st.integers(0, 43), st.sampled_from("0123456789"))
def test_one_mistyped_digit_of_a_checked_field_is_never_accepted(passport: Passport, at: int, digit: str) -> None:
    line1, line2 = write_td3(passport)
    assume(line2[at].isdecimal() and line2[at] != digit)
    with pytest.raises(InputError):
        read(line1, f"{line2[:at]}{digit}{line2[at + 1 :]}")


@pytest.mark.parametrize("printed", ["<", "0"])
def test_the_check_digit_of_empty_optional_data_may_be_open_or_zero(printed: str) -> None:
    line1, line2 = write_td3(replace(read(*SPECIMEN), optional=""))
    line2 = f"{line2[:42]}{printed}"
    composite = check_digit(line2[:10] + line2[13:20] + line2[21:43])
    assert read(line1, f"{line2}{composite}").optional == ""


def test_an_open_check_digit_of_filled_optional_data_is_refused() -> None:
    line1, line2 = SPECIMEN
    with pytest.raises(InputError, match="line 2, position 43"):
        read(line1, f"{line2[:42]}<{line2[43]}")


@pytest.mark.parametrize(
    ("on", "born"),
    [(date(2074, 8, 11), date(1974, 8, 12)), (date(2074, 8, 12), date(2074, 8, 12)), (TODAY, date(1974, 8, 12))],
)
def test_the_two_digit_year_of_birth_is_the_latest_in_the_past(on: date, born: date) -> None:
    assert parse_td3(*SPECIMEN, field="passport", on=on).born == born


def test_a_name_that_fills_its_field_may_be_cut() -> None:
    line1 = "P<INDVENKATANARASIMHARAJUVARIPETA<<LAKSHMINA"
    assert read(line1, SPECIMEN[1]).name_is_cut


def test_fillers_inside_a_passport_number_are_left_out() -> None:
    line1, line2 = SPECIMEN
    data = f"AB<123456{check_digit('AB<123456')}{line2[10:43]}"
    assert read(line1, f"{data}{check_digit(data[:10] + data[13:20] + data[21:43])}").number == "AB123456"


@pytest.mark.parametrize(
    ("line", "position", "character", "told"),
    [
        (1, 1, "V", "line 1, position 1: is not P"),
        (1, 4, "9", "line 1, positions 3 to 5: is not a country code"),
        (1, 8, "1", "line 1, positions 6 to 44: the name is letters"),
        (1, 8, "é", "line 1, position 8: only the capital letters"),
        (2, 3, "O", "line 2, position 10: the check digit does not fit the passport number"),
        (2, 14, "8", "line 2, position 20: the check digit does not fit the date of birth"),
        (2, 28, "8", "line 2, position 28: the check digit does not fit the date of expiry"),
        (2, 30, "F", "line 2, position 43: the check digit does not fit the optional data"),
        (2, 44, "1", "line 2, position 44: the check digit does not fit the whole line"),
        (2, 12, "5", "line 2, positions 11 to 13: is not a country code"),
        (2, 21, "X", "line 2, position 21: is not M, F or <"),
        (2, 40, "e", "line 2, position 40: only the capital letters"),
    ],
)
def test_a_refusal_says_where_and_what_to_do(line: int, position: int, character: str, told: str) -> None:
    lines = list(SPECIMEN)
    lines[line - 1] = lines[line - 1][: position - 1] + character + lines[line - 1][position:]
    with pytest.raises(InputError) as refused:
        read(*lines)
    assert refused.value.field == "passport"
    assert told in refused.value.message


@pytest.mark.parametrize(
    ("field", "at", "told"),
    [("74<<<<", 13, "not a whole date of birth"), ("740230", 13, "not a whole date of birth"),
     ("991332", 21, "not a date of expiry")],
)  # fmt: skip
def test_dates_that_do_not_exist_are_refused(field: str, at: int, told: str) -> None:
    line1, line2 = SPECIMEN
    data = f"{line2[:at]}{field}{check_digit(field)}{line2[at + 7 : 43]}"
    with pytest.raises(InputError, match=told):
        read(line1, f"{data}{check_digit(data[:10] + data[13:20] + data[21:43])}")


def test_a_passport_without_a_number_or_a_name_is_refused() -> None:
    line1, line2 = SPECIMEN
    data = f"{'<' * 9}0{line2[10:43]}"
    with pytest.raises(InputError, match="the passport number is missing"):
        read(line1, f"{data}{check_digit(data[:10] + data[13:20] + data[21:43])}")
    with pytest.raises(InputError, match="the name is letters"):
        read(f"P<UTO{'<' * 39}", line2)


@pytest.mark.parametrize("cut", [slice(0, 43), slice(0, 0)])
def test_a_short_line_is_refused_with_its_length(cut: slice) -> None:
    with pytest.raises(InputError, match=r"line 2: has .* characters instead of 44"):
        read(SPECIMEN[0], SPECIMEN[1][cut])


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "TOOLONG123"}, "number"),
        ({"surname": "de Vries"}, "surname"),
        ({"given_names": "A" * 40}, "given_names"),
        ({"nationality": "INDIA"}, "nationality"),
        ({"document_code": "V"}, "document_code"),
    ],
)
def test_a_passport_that_the_zone_cannot_hold_is_not_written(change: dict[str, str], field: str) -> None:
    with pytest.raises(InputError) as refused:
        write_td3(replace(read(*SPECIMEN), **change))
    assert refused.value.field == field


def test_a_passport_does_not_show_itself_in_logs() -> None:
    assert "ERIKSSON" not in repr(read(*SPECIMEN))

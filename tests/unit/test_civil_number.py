"""The civil number: which twelve digits can exist, and what they say."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from idnumbers.nationalid import KWT

from models.civil_number import CivilNumber, check_digit
from models.errors import InputError

SYNTHETIC = [
    ("280010100004", date(1980, 1, 1)),
    ("290010100011", date(1990, 1, 1)),
    ("285051500015", date(1985, 5, 15)),
    ("285051500023", date(1985, 5, 15)),
    ("264123100107", date(1964, 12, 31)),
    ("315093000072", date(2015, 9, 30)),
    ("320022900037", date(2020, 2, 29)),
]
births = st.dates(date(1900, 1, 1), date(2099, 12, 31))
serials = st.integers(0, 9999)


def stem_of(born: date, serial: int) -> str:
    return f"{2 if born.year < 2000 else 3}{born:%y%m%d}{serial:04d}"


@pytest.mark.parametrize(("text", "born"), SYNTHETIC)
def test_a_number_says_when_its_holder_was_born(text: str, born: date) -> None:
    number = CivilNumber.parse(text)
    assert (number.born, number.century) == (born, born.year // 100 * 100)


@pytest.mark.parametrize("stem", ["31509300008", "29907040021"])
def test_a_stem_whose_remainder_gives_ten_or_eleven_has_no_check_digit(stem: str) -> None:
    assert check_digit(stem) is None
    assert not [digit for digit in "0123456789" if _accepted(f"{stem}{digit}")]


@given(born=births, serial=serials)
def test_the_check_digit_makes_a_number_that_reads_back(born: date, serial: int) -> None:
    stem = stem_of(born, serial)
    digit = check_digit(stem)
    if digit is not None:
        assert CivilNumber.parse(f"{stem}{digit}").born == born


@given(st.one_of(st.from_regex(r"\A[0-9]{12}\Z"), st.builds(stem_of, births, serials).map(lambda stem: f"{stem}0")))
def test_another_implementation_agrees_on_every_number(text: str) -> None:
    variants = [f"{text[:-1]}{digit}" for digit in "0123456789"]
    assert [_accepted(one) for one in variants] == [KWT.CivilNumber.validate(one) for one in variants]


@given(born=births, serial=serials, position=st.integers(0, 11), shift=st.integers(1, 9))
def test_one_mistyped_digit_is_never_accepted(born: date, serial: int, position: int, shift: int) -> None:
    stem = stem_of(born, serial)
    digit = check_digit(stem)
    if digit is None:
        return
    text = f"{stem}{digit}"
    typo = f"{text[:position]}{(int(text[position]) + shift) % 10}{text[position + 1 :]}"
    assert not _accepted(typo)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("28505150001", "twelve digits, this one has 11"),
        ("2850515000155", "this one has 13"),
        ("285-05150001", "leave out spaces"),
        ("", "digits only"),
        ("٢٨٥٠٥١٥٠٠٠١٥", "Western digits"),
        ("²85051500015", "digits only"),
        ("185051500015", "begins with 2 or 3"),
        ("285023000015", "not a date of birth"),
        ("290022900011", "not a date of birth"),
        ("285051500016", "a digit is mistyped"),
    ],
)
def test_a_refusal_names_the_field_and_the_remedy_but_never_the_number(text: str, remedy: str) -> None:
    with pytest.raises(InputError, match=remedy) as refused:
        CivilNumber.parse(text, field="persons[0].civil_number")
    assert refused.value.field == "persons[0].civil_number"
    assert not text or text not in str(refused.value)


def test_nobody_is_born_after_the_day_of_the_application() -> None:
    assert CivilNumber.parse("320022900037", on=date(2020, 2, 29))
    with pytest.raises(InputError, match="still to come"):
        CivilNumber.parse("320022900037", on=date(2020, 2, 28))


def test_a_number_prints_masked() -> None:
    number = CivilNumber.parse("285051500015")
    assert number.masked == f"{number}" == "2850•••••015"
    assert "285051500015" not in repr(number)


@pytest.mark.parametrize("stem", ["2850515000", "285051500015", "2850515000x", ""])
def test_a_check_digit_needs_eleven_digits(stem: str) -> None:
    with pytest.raises(InputError, match="eleven digits"):
        check_digit(stem)


def _accepted(text: str) -> bool:
    try:
        CivilNumber.parse(text)
    except InputError:
        return False
    return True

"""Synthetic identities: civil numbers by our own check digit, names that nobody bears, specimen passports."""

from datetime import date, timedelta

from models.civil_number import check_digit
from models.errors import InputError
from models.mrz import Passport
from models.registry import CivilRecord, Sex

UTOPIA = "UTO"  # the country of the specimen passports of ICAO Doc 9303
SURNAME = "SPECIMEN"
_DAYS = 365
_FIRST_SERIAL = 9000
_LAST_NUMBER = 365 * 500 - 1
# fmt: off
_LETTERS = {
    "ALEF": "ألف", "BA": "باء", "TA": "تاء", "THA": "ثاء",
    "JIM": "جيم", "HAA": "حاء", "KHA": "خاء", "DAL": "دال",
    "RA": "راء", "ZAY": "زاي", "SIN": "سين", "SHIN": "شين",
    "SAAD": "صاد", "DAAD": "ضاد", "TAA": "طاء", "DHAA": "ظاء",
    "AYN": "عين", "FA": "فاء", "QAF": "قاف", "LAM": "لام",
    "MIM": "ميم", "NUN": "نون", "WAW": "واو", "YA": "ياء",
}
# fmt: on


def make_passport(number: int, *, born: date, sex: Sex, nationality: str, on: date) -> Passport:
    return Passport(
        number=f"SP{number:07d}",
        nationality=nationality,
        issuing_state=nationality,
        surname=SURNAME,
        given_names=_spelled(number, list(_LETTERS)),
        born=born,
        sex=sex,
        expires=on + timedelta(days=4 * _DAYS),
    )


def make_civil_record(number: int, passport: Passport) -> CivilRecord:
    return CivilRecord(
        civil_number=make_civil_number(number, born=passport.born),
        name_ar=f"نموذج {_spelled(number, list(_LETTERS.values()))}",
        name_latin=f"{passport.surname} {passport.given_names}",
        born=passport.born,
        sex=passport.sex or Sex.MALE,
        nationality=passport.nationality,
        passport_number=passport.number,
        address_registered=True,
    )


def make_birthday(number: int, *, age: int, on: date) -> date:
    """A day of birth, another for each of 365 neighbouring numbers, of somebody who is `age` years old on `on`."""
    if not 0 <= number <= _LAST_NUMBER:
        raise InputError("number", f"synthetic persons are numbered from 0 to {_LAST_NUMBER}")
    return years_before(on, age) - timedelta(days=number % _DAYS)


def make_civil_number(number: int, *, born: date) -> str:
    """Distinct for distinct numbers of one age: each day of birth has 500 pairs of serials from 9000 up."""
    first = _FIRST_SERIAL + 2 * (number // _DAYS)
    century = "2" if born < date(2000, 1, 1) else "3"
    stems = [f"{century}{born:%y%m%d}{serial:04d}" for serial in (first, first + 1)]
    # The last digit weighs 2, so of two neighbours at most one leaves the remainder 0 or 1 that has no check digit.
    return next(f"{stem}{digit}" for stem in stems if (digit := check_digit(stem)) is not None)


def years_before(day: date, years: int) -> date:
    """The same day `years` earlier; 28 February for a leap day that the year does not have."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _spelled(number: int, letters: list[str]) -> str:
    """`number` in base 24, its digits named like the letters of the alphabet."""
    higher, digit = divmod(number, len(letters))
    return f"{_spelled(higher, letters)} {letters[digit]}" if higher else letters[digit]

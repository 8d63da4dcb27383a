"""The machine-readable zone of a passport, ICAO Doc 9303 type TD3 (two lines of 44 characters): reading and writing."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import cycle
from typing import Final

from models.errors import InputError
from models.registry import Sex

_LENGTH: Final = 44
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES: Final = {"<": 0, **{character: value for value, character in enumerate(_ALPHABET)}}
_WEIGHTS: Final = (7, 3, 1)
_NAME_WIDTH: Final = 39
_NAMES: Final = slice(5, _LENGTH)
_COMPOSITE: Final = (slice(0, 10), slice(13, 20), slice(21, 43))
_CODE: Final = re.compile(r"[A-Z]{1,3}<{0,2}")
_FORMS: Final = {
    "document_code": re.compile(r"P[A-Z]?"),
    "issuing_state": re.compile(r"[A-Z]{1,3}"),
    "nationality": re.compile(r"[A-Z]{1,3}"),
    "number": re.compile(r"[A-Z0-9]{1,9}"),
    "surname": re.compile(r"[A-Z]+( [A-Z]+)*"),
    "given_names": re.compile(r"([A-Z]+( [A-Z]+)*)?"),
    "optional": re.compile(r"([A-Z0-9<]{0,13}[A-Z0-9])?"),
}
_SEXES: Final = {"M": Sex.MALE, "F": Sex.FEMALE, "<": None}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Passport:
    """What the zone says; without a repr, which would carry it into logs.

    Of two-digit years, `born` is the latest such day in the past and `expires` lies in 2000 to 2099.
    """

    number: str
    nationality: str  # ICAO code without fillers: "IND", "D"
    issuing_state: str
    surname: str
    given_names: str
    born: date
    sex: Sex | None  # None: the passport leaves it open
    expires: date
    document_code: str = "P"
    optional: str = ""
    name_is_cut: bool = False  # the name fills its field, so its end may be missing


def check_digit(data: str) -> int:
    """ICAO 9303 part 3, 4.9: weights 7, 3, 1 over the characters' values, modulo 10."""
    return sum(weight * _VALUES[character] for weight, character in zip(cycle(_WEIGHTS), data, strict=False)) % 10


def parse_td3(line1: str, line2: str, *, field: str, on: date) -> Passport:
    """Read both lines as printed; InputError on `field` says the line, the position and what to do."""
    for number, line in enumerate((line1, line2), start=1):
        _require_line(line, number=number, field=field)
    if line1[0] != "P":
        raise _wrong(field, "line 1, position 1", "is not P; use the zone of a passport, not of another document")
    surname, given_names = _names(line1[_NAMES], field=field)
    _verify(line2, field=field)
    return Passport(
        number=_document_number(line2[0:9], field=field),
        nationality=_code(line2[10:13], where="line 2, positions 11 to 13", field=field),
        issuing_state=_code(line1[2:5], where="line 1, positions 3 to 5", field=field),
        surname=surname,
        given_names=given_names,
        born=_born(line2[13:19], on=on, field=field),
        sex=_sex(line2[20], field=field),
        expires=_expires(line2[21:27], field=field),
        document_code=line1[0:2].rstrip("<"),
        optional=line2[28:42].rstrip("<"),
        name_is_cut=not line1.endswith("<"),
    )


def write_td3(passport: Passport) -> tuple[str, str]:
    """The two lines of a passport, as an issuing state prints them; InputError names what the zone cannot hold."""
    for name, form in _FORMS.items():
        if not form.fullmatch(getattr(passport, name)):
            raise InputError(name, f"the zone of a passport cannot hold this; it takes {form.pattern}")
    names = f"{passport.surname}  {passport.given_names}".rstrip()
    if len(names) > _NAME_WIDTH:
        raise InputError("given_names", f"with the surname and two fillers the name takes {_NAME_WIDTH} characters")
    line1 = f"{passport.document_code:<2}{passport.issuing_state:<3}{names:<{_NAME_WIDTH}}"
    optional = f"{passport.optional:<<14}"
    optional_digit = check_digit(optional) if passport.optional else "<"
    line2 = (
        f"{_checked(f'{passport.number:<<9}')}{passport.nationality:<<3}{_checked(f'{passport.born:%y%m%d}')}"
        f"{passport.sex or '<'}{_checked(f'{passport.expires:%y%m%d}')}{optional}{optional_digit}"
    )
    return line1.replace(" ", "<"), f"{line2}{check_digit(_composite(line2))}"


def _checked(data: str) -> str:
    return f"{data}{check_digit(data)}"


def _composite(line2: str) -> str:
    return "".join(line2[part] for part in _COMPOSITE)


def _wrong(field: str, where: str, what: str) -> InputError:
    return InputError(field, f"{where}: {what}")


def _require_line(line: str, *, number: int, field: str) -> None:
    for position, character in enumerate(line, start=1):
        if character not in _VALUES:
            what = "only the capital letters A-Z, the digits 0-9 and < occur here; copy the line again as printed"
            raise _wrong(field, f"line {number}, position {position}", what)
    if len(line) != _LENGTH:
        what = f"has {len(line)} characters instead of 44; copy the whole line, with every < at its end"
        raise _wrong(field, f"line {number}", what)


def _verify(line2: str, *, field: str) -> None:
    """Every check digit of the second line, the composite last, so that the narrowest error is told first."""
    checks = (
        ("the passport number (positions 1 to 9)", line2[0:9], 10),
        ("the date of birth (positions 14 to 19)", line2[13:19], 20),
        ("the date of expiry (positions 22 to 27)", line2[21:27], 28),
        ("the optional data (positions 29 to 42)", line2[28:42], 43),
        ("the whole line", _composite(line2), 44),
    )
    for what, data, position in checks:
        printed = line2[position - 1]
        may_be_open = position == 43 and not data.strip("<")  # noqa: PLR2004 - optional data, when empty
        if printed != str(check_digit(data)) and not (may_be_open and printed == "<"):
            remedy = "copy the line again as printed, and mind the digit 0 and the letter O"
            raise _wrong(field, f"line 2, position {position}", f"the check digit does not fit {what}; {remedy}")


def _names(text: str, *, field: str) -> tuple[str, str]:
    surname, _, given_names = text.rstrip("<").partition("<<")
    if not surname.strip("<") or any(character.isdigit() for character in text):
        what = "the name is letters: surname, <<, given names; copy the line again as printed"
        raise _wrong(field, "line 1, positions 6 to 44", what)
    return _words(surname), _words(given_names)


def _words(text: str) -> str:
    return " ".join(text.replace("<", " ").split())


def _document_number(text: str, *, field: str) -> str:
    """Without fillers: ICAO prints one for each space or hyphen inside a number, too."""
    number = text.replace("<", "")
    if not number:
        raise _wrong(field, "line 2, positions 1 to 9", "the passport number is missing; copy the line again")
    return number


def _code(text: str, *, where: str, field: str) -> str:
    if not _CODE.fullmatch(text):
        raise _wrong(field, where, "is not a country code of letters, such as IND; copy the line again as printed")
    return text.rstrip("<")


def _sex(character: str, *, field: str) -> Sex | None:
    if character not in _SEXES:
        raise _wrong(field, "line 2, position 21", "is not M, F or <; copy the line again as printed")
    return _SEXES[character]


def _born(text: str, *, on: date, field: str) -> date:
    latest = _date(text, century=2000)
    born = latest if latest and latest <= on else _date(text, century=1900)
    if born is None:
        what = "is not a whole date of birth; if the passport itself leaves it open, apply at a residency department"
        raise _wrong(field, "line 2, positions 14 to 19", what)
    return born


def _expires(text: str, *, field: str) -> date:
    expires = _date(text, century=2000)
    if expires is None:
        raise _wrong(field, "line 2, positions 22 to 27", "is not a date of expiry (YYMMDD); copy the line again")
    return expires


def _date(text: str, *, century: int) -> date | None:
    try:
        return date(century + int(text[:2]), int(text[2:4]), int(text[4:]))
    except ValueError:
        return None

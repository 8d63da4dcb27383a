"""The civil number (الرقم المدني), twelve digits `C YYMMDD SSSS K`: century, date of birth, serial, check digit."""

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Final, Self

from models.errors import InputError

_WEIGHTS: Final = (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_MODULUS: Final = 11
_CENTURIES: Final = {"2": 1900, "3": 2000}
_WESTERN: Final = re.compile(r"[0-9]+")
_LENGTH: Final = 12


@dataclass(frozen=True, slots=True)
class CivilNumber:
    """A number that can exist; that it does exist, only the civil registry knows. Prints masked."""

    text: str = field(repr=False)
    born: date = field(repr=False)
    century: int = field(repr=False)  # its first year: 1900 or 2000

    @classmethod
    def parse(cls, text: str, *, field: str = "civil_number", on: date | None = None) -> Self:
        """Read twelve Western digits; InputError on `field` when the number cannot exist, or was born after `on`."""
        _require_digits(text, field=field)
        century = _CENTURIES.get(text[0])
        if century is None:
            raise InputError(field, "a civil number begins with 2 or 3; copy it again from the civil ID card")
        try:
            born = date(century + int(text[1:3]), int(text[3:5]), int(text[5:7]))
        except ValueError:
            raise InputError(field, f"digits 2 to 7 are not a date of birth (YYMMDD); {_COPY}") from None
        if text[-1] != str(check_digit(text[:-1])):
            raise InputError(field, f"a digit is mistyped (the last digit does not fit the others); {_COPY}")
        if on is not None and born > on:
            raise InputError(field, f"the date of birth in digits 1 to 7 is still to come; {_COPY}")
        return cls(text=text, born=born, century=century)

    @property
    def masked(self) -> str:
        """For screens and paper: the first four and the last three digits."""
        return f"{self.text[:4]}{'•' * 5}{self.text[-3:]}"

    def __str__(self) -> str:
        return self.masked


_COPY: Final = "copy all twelve digits again from the civil ID card"


def check_digit(stem: str) -> int | None:
    """The twelfth digit for eleven; None when no number with this stem is issued (the remainder gives 10 or 11)."""
    if len(stem) != len(_WEIGHTS) or not _WESTERN.fullmatch(stem):
        raise InputError("stem", "eleven digits (0-9) come before the check digit")
    total = sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, stem, strict=True))
    digit = _MODULUS - total % _MODULUS
    return digit if digit <= 9 else None  # noqa: PLR2004 - the largest digit


def _require_digits(text: str, *, field: str) -> None:
    if text.isdecimal() and not text.isascii():
        raise InputError(field, "write the civil number in Western digits (0-9)")
    if not _WESTERN.fullmatch(text):
        raise InputError(field, "a civil number has digits only; leave out spaces, dashes and letters")
    if len(text) != _LENGTH:
        raise InputError(field, f"a civil number has twelve digits, this one has {len(text)}; {_COPY}")

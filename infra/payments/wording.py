"""The numbers in what a payer says: "my payment 7123 4567 8901 on Monday" names one payment."""

import re
import unicodedata
from typing import Final

from infra.references import REFERENCE
from models.errors import InputError

_FORM: Final = re.compile(r"[A-Z0-9_-]{4,64}")
_WORD: Final = re.compile(r"[A-Z0-9_-]+")
_SPACED: Final = re.compile(r"\d[\d ]+\d")
_UNDASHED: Final = re.compile(r"\b(RN|BT|RC)[ -]?([0-9A-Z]{4})[ -]?([0-9A-Z]{4}|\d{6})\b")
"""A reference or a receipt's number, however it was typed."""

_MOST: Final = 20  # words that are looked up; who says more says nothing


def tidy(text: str, *, field: str) -> str:
    """Western digits and capitals, without spaces; InputError when no payment can be called so.

    The error does not repeat the text, which may be anybody's number.
    """
    name = "".join(_western(text).split())
    if _FORM.fullmatch(name) is None:
        raise _no_number(field)
    undashed = _UNDASHED.fullmatch(name)
    return "-".join(undashed.groups()) if undashed else name


def numbers_said(text: str, *, field: str) -> list[str]:
    """Every word with a digit in it or formed like a reference (some have no digit), and what was said in groups.

    Other words are nobody's business: they are left out, but for a text that is one word. InputError, which does not
    repeat the text, when nothing can be a name.
    """
    western = _UNDASHED.sub(lambda each: "-".join(each.groups()), _western(text))
    words = _WORD.findall(western)
    named = [each for each in words if any(map(str.isdigit, each)) or REFERENCE.fullmatch(each)]
    groups = ["".join(each.split()) for each in _SPACED.findall(western)]
    whole = ["".join(words)] if named == western.split() else []
    said = [each for each in dict.fromkeys([*named, *groups, *whole]) if _FORM.fullmatch(each)]
    if not said and len(words) == 1:
        return [tidy(text, field=field)]
    if not said:
        raise _no_number(field)
    return said[:_MOST]


def _no_number(field: str) -> InputError:
    return InputError(
        field, "give one number: the bank's reference, payment ID, track id, or the reference of the case or batch"
    )


def _western(text: str) -> str:
    return "".join(str(unicodedata.digit(each)) if each.isdigit() else each for each in text).upper()

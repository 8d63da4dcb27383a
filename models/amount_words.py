"""Amounts in words, in both languages: up to 999,999.999 KD, the most that the text form of Money can say.

Arabic: the counted noun follows the last two digits of its number. 0 is the genitive singular (مائة دينار), 3-10 the
plural (ثلاثة دنانير), 11-99 the accusative singular (عشرون ديناراً). One and two are the noun itself, singular and dual,
also after a higher part: مائة دينار وديناران. Before a noun, dual and accusative lose their ending: ألفا دينار.
All counted nouns (دينار, فلس, ألف) are masculine.
"""

from dataclasses import dataclass
from typing import Final

from models.errors import InputError
from models.money import FILS_PER_DINAR, Money

_MOST_FILS: Final = 999_999_999

_ENGLISH_SMALL: Final = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_ENGLISH_TENS: Final = ("", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")

_ARABIC_SMALL: Final = (
    *("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة"),
    *("أحد عشر", "اثنا عشر", "ثلاثة عشر", "أربعة عشر", "خمسة عشر"),
    *("ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر"),
)
_ARABIC_TENS: Final = ("", "", "عشرون", "ثلاثون", "أربعون", "خمسون", "ستون", "سبعون", "ثمانون", "تسعون")
_ARABIC_HUNDREDS: Final = (
    *("", "مائة", "مائتان", "ثلاثمائة", "أربعمائة"),
    *("خمسمائة", "ستمائة", "سبعمائة", "ثمانمائة", "تسعمائة"),
)


@dataclass(frozen=True, slots=True)
class _Noun:
    one: str  # the whole number, or what it adds to full hundreds
    two: str
    few: str  # 3-10
    many: str  # 11-99
    hundreds: str  # full hundreds, and the thousands made of them


_THOUSAND: Final = _Noun(one="ألف", two="ألفان", few="آلاف", many="ألفاً", hundreds="ألف")
_DINAR: Final = _Noun(one="دينار واحد", two="ديناران", few="دنانير", many="ديناراً", hundreds="دينار")
_FILS: Final = _Noun(one="فلس واحد", two="فلسان", few="فلوس", many="فلساً", hundreds="فلس")

_BEFORE_A_NOUN: Final = {"مائتان": "مائتا", "ألفان": "ألفا", "ألفاً": "ألف"}


def in_english(amount: Money) -> str:
    """`One hundred and twenty Kuwaiti dinars and five hundred fils only`; InputError outside 0-999,999.999 KD."""
    dinars, fils = _split(amount)
    parts = []
    if dinars or not fils:
        parts.append(f"{_english(dinars)} Kuwaiti {'dinar' if dinars == 1 else 'dinars'}")
    if fils:
        parts.append(f"{_english(fils)} fils")
    sentence = " and ".join(parts) + " only"
    return sentence[0].upper() + sentence[1:]


def in_arabic(amount: Money) -> str:
    """`مائة وعشرون ديناراً وخمسمائة فلس فقط لا غير`; InputError outside 0-999,999.999 KD."""
    dinars, fils = _split(amount)
    parts = []
    if dinars or not fils:
        parts.append(_counted(dinars, _DINAR))
    if fils:
        parts.append(_counted(fils, _FILS))
    return _and(*parts) + " فقط لا غير"


def _split(amount: Money) -> tuple[int, int]:
    if not 0 <= amount.fils <= _MOST_FILS:
        raise InputError("amount", f"{amount} is not between 0.000 and {Money(_MOST_FILS)}; it cannot be put in words")
    return divmod(amount.fils, FILS_PER_DINAR)


def _english(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    if not thousands:
        return _english_below_thousand(rest)
    head = f"{_english_below_thousand(thousands)} thousand"
    if not rest:
        return head
    link = " and " if rest in range(100) else " "
    return head + link + _english_below_thousand(rest)


def _english_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _english_below_hundred(rest)
    head = f"{_ENGLISH_SMALL[hundreds]} hundred"
    return f"{head} and {_english_below_hundred(rest)}" if rest else head


def _english_below_hundred(number: int) -> str:
    if number < len(_ENGLISH_SMALL):
        return _ENGLISH_SMALL[number]
    tens, ones = divmod(number, 10)
    return f"{_ENGLISH_TENS[tens]}-{_ENGLISH_SMALL[ones]}" if ones else _ENGLISH_TENS[tens]


def _counted(number: int, noun: _Noun) -> str:
    """The number with its noun, the noun in the form that the last two digits ask for."""
    rest = number % 100
    if rest in {1, 2}:
        tail = noun.one if rest == 1 else noun.two
        return _and(_counted(number - rest, noun), tail) if number > rest else tail
    form = noun.many
    if rest in range(11):
        form = noun.few if rest else noun.hundreds
    return f"{_before_noun(_arabic(number))} {form}"


def _arabic(number: int) -> str:
    thousands, rest = divmod(number, 1000)
    parts = [_counted(thousands, _THOUSAND)] if thousands else []
    if rest or not thousands:
        parts.append(_arabic_below_thousand(rest))
    return _and(*parts)


def _arabic_below_thousand(number: int) -> str:
    hundreds, rest = divmod(number, 100)
    parts = [_ARABIC_HUNDREDS[hundreds]] if hundreds else []
    if rest in range(20, 100):
        tens, ones = divmod(rest, 10)
        parts += [_ARABIC_SMALL[ones]] * bool(ones) + [_ARABIC_TENS[tens]]
    elif rest or not hundreds:
        parts.append(_ARABIC_SMALL[rest])
    return _and(*parts)


def _before_noun(words: str) -> str:
    head, _, last = words.rpartition(" ")
    bare = last.removeprefix("و")
    return f"{head} {last[: -len(bare)]}{_BEFORE_A_NOUN.get(bare, bare)}".strip()


def _and(*parts: str) -> str:
    """Joined with the Arabic `and`, which is written onto the word that follows."""
    return " و".join(parts)

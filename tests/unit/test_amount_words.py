"""Amounts in words: examples of the grammar, and an independent reader that takes the words back to the number."""

import re
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.amount_words import in_arabic, in_english
from models.errors import InputError
from models.money import Money

AMOUNTS = st.integers(min_value=0, max_value=999_999_999).map(Money)
# Hypothesis rarely meets the endings that decide the grammar by chance.
ENDINGS = st.builds(
    lambda thousands, dinars, fils: Money(thousands * 1_000_000 + dinars * 1000 + fils),
    *[st.sampled_from([0, 1, 2, 3, 10, 11, 12, 20, 21, 99, 100, 101, 102, 103, 111, 200, 201, 202, 211, 300, 999])] * 3,
)

ARABIC_CLOSE = " فقط لا غير"


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.000", "صفر دينار"),
        ("0.001", "فلس واحد"),
        ("0.002", "فلسان"),
        ("0.003", "ثلاثة فلوس"),
        ("0.010", "عشرة فلوس"),
        ("0.011", "أحد عشر فلساً"),
        ("0.025", "خمسة وعشرون فلساً"),
        ("0.100", "مائة فلس"),
        ("0.200", "مائتا فلس"),
        ("0.250", "مائتان وخمسون فلساً"),
        ("0.500", "خمسمائة فلس"),
        ("1.000", "دينار واحد"),
        ("1.001", "دينار واحد وفلس واحد"),
        ("2.000", "ديناران"),
        ("2.250", "ديناران ومائتان وخمسون فلساً"),
        ("3.000", "ثلاثة دنانير"),
        ("8.000", "ثمانية دنانير"),
        ("10.000", "عشرة دنانير"),
        ("11.000", "أحد عشر ديناراً"),
        ("12.000", "اثنا عشر ديناراً"),
        ("20.000", "عشرون ديناراً"),
        ("21.000", "واحد وعشرون ديناراً"),
        ("99.999", "تسعة وتسعون ديناراً وتسعمائة وتسعة وتسعون فلساً"),
        ("100.000", "مائة دينار"),
        ("101.000", "مائة دينار ودينار واحد"),
        ("102.000", "مائة دينار وديناران"),
        ("103.000", "مائة وثلاثة دنانير"),
        ("111.000", "مائة وأحد عشر ديناراً"),
        ("120.000", "مائة وعشرون ديناراً"),
        ("120.500", "مائة وعشرون ديناراً وخمسمائة فلس"),
        ("200.000", "مائتا دينار"),
        ("202.000", "مائتا دينار وديناران"),
        ("800.000", "ثمانمائة دينار"),
        ("1000.000", "ألف دينار"),
        ("1001.000", "ألف دينار ودينار واحد"),
        ("1200.000", "ألف ومائتا دينار"),
        ("2000.000", "ألفا دينار"),
        ("2200.000", "ألفان ومائتا دينار"),
        ("3000.000", "ثلاثة آلاف دينار"),
        ("3205.000", "ثلاثة آلاف ومائتان وخمسة دنانير"),
        ("11000.000", "أحد عشر ألف دينار"),
        ("11200.000", "أحد عشر ألفاً ومائتا دينار"),
        ("100000.000", "مائة ألف دينار"),
        ("102000.000", "مائة ألف وألفا دينار"),
        ("200000.000", "مائتا ألف دينار"),
        ("235246.357", "مائتان وخمسة وثلاثون ألفاً ومائتان وستة وأربعون ديناراً وثلاثمائة وسبعة وخمسون فلساً"),
    ],
)
def test_arabic_counts_dinars_and_fils_by_the_last_two_digits(amount: str, words: str) -> None:
    assert in_arabic(Money.parse(amount)) == words + ARABIC_CLOSE


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0.000", "Zero Kuwaiti dinars only"),
        ("0.001", "One fils only"),
        ("1.000", "One Kuwaiti dinar only"),
        ("1.001", "One Kuwaiti dinar and one fils only"),
        ("21.000", "Twenty-one Kuwaiti dinars only"),
        ("100.000", "One hundred Kuwaiti dinars only"),
        ("120.500", "One hundred and twenty Kuwaiti dinars and five hundred fils only"),
        ("1001.000", "One thousand and one Kuwaiti dinars only"),
        ("1120.000", "One thousand one hundred and twenty Kuwaiti dinars only"),
        ("100001.010", "One hundred thousand and one Kuwaiti dinars and ten fils only"),
    ],
)
def test_english_reads_as_on_a_cheque(amount: str, words: str) -> None:
    assert in_english(Money.parse(amount)) == words


@given(AMOUNTS | ENDINGS)
def test_arabic_words_read_back_to_the_amount(amount: Money) -> None:
    assert read_arabic(in_arabic(amount)) == amount


@given(AMOUNTS | ENDINGS)
def test_english_words_read_back_to_the_amount(amount: Money) -> None:
    assert read_english(in_english(amount)) == amount


@given(AMOUNTS | ENDINGS)
def test_in_arabic_every_noun_agrees_with_the_word_before_it(amount: Money) -> None:
    after = {
        "دنانير": UNITS, "فلوس": UNITS, "آلاف": UNITS,
        "ديناراً": TEENS_AND_TENS, "فلساً": TEENS_AND_TENS, "ألفاً": TEENS_AND_TENS,
    }  # fmt: skip
    words = in_arabic(amount).split()
    for before, word in pairwise(words):
        assert word not in after or _bare(before) in after[word]
        assert not (_bare(before) in {"مائتان", "ألفان"} and word in {"دينار", "فلس", "ألف"}), "a dual loses its nun"


@pytest.mark.parametrize("fils", [-1, 1_000_000_000])
def test_an_amount_outside_the_range_is_refused_by_name(fils: int) -> None:
    with pytest.raises(InputError, match=r"999999\.999") as refused:
        in_arabic(Money(fils))
    assert refused.value.field == "amount"
    with pytest.raises(InputError):
        in_english(Money(fils))


# The readers below share no table with the writer.

UNITS = {
    "ثلاثة": 3, "أربعة": 4, "خمسة": 5, "ستة": 6, "سبعة": 7, "ثمانية": 8, "تسعة": 9, "عشرة": 10,
}  # fmt: skip
TENS = {
    "عشرون": 20, "ثلاثون": 30, "أربعون": 40, "خمسون": 50, "ستون": 60, "سبعون": 70, "ثمانون": 80, "تسعون": 90,
}  # fmt: skip
TEENS_AND_TENS = TENS | {"عشر": 10}
HUNDREDS = {
    "مائة": 100, "مائتان": 200, "مائتا": 200, "ثلاثمائة": 300, "أربعمائة": 400, "خمسمائة": 500, "ستمائة": 600,
    "سبعمائة": 700, "ثمانمائة": 800, "تسعمائة": 900,
}  # fmt: skip
NUMBERS = UNITS | TEENS_AND_TENS | HUNDREDS | {"صفر": 0, "واحد": 1, "اثنان": 2, "اثنا": 2, "أحد": 1}
THOUSANDS = {"ألف": 1, "ألفان": 2, "ألفا": 2, "آلاف": 1, "ألفاً": 1}
NOUNS = {
    "دينار": 1000, "ديناران": 2000, "دنانير": 1000, "ديناراً": 1000, "فلس": 1, "فلسان": 2, "فلوس": 1, "فلساً": 1,
}  # fmt: skip


def _bare(word: str) -> str:
    return word if word == "واحد" else word.removeprefix("و")


def _steps(text: str) -> Iterator[str]:
    """The words without `and`, and without the `one` that only stresses a noun."""
    for before, word in pairwise(["", *text.removesuffix(ARABIC_CLOSE).split()]):
        if not (word == "واحد" and _bare(before) in NOUNS):
            yield _bare(word)


def read_arabic(text: str) -> Money:
    fils = pending = group = 0
    counted = False
    for word in _steps(text):
        if word in NUMBERS:
            group, counted = group + NUMBERS[word], True
        elif word in THOUSANDS:
            pending += (group or 1) * THOUSANDS[word] * 1000
            group, counted = 0, True
        else:
            fils += NOUNS[word] * (pending + group if counted else 1)
            pending, group, counted = 0, 0, False
    return Money(fils)


ENGLISH = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
    "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16,
    "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50,
    "sixty": 60, "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip


def read_english(text: str) -> Money:
    fils = total = group = 0
    for word in re.findall(r"[a-z]+", text.lower()):
        if word in ENGLISH:
            group += ENGLISH[word]
        elif word == "hundred":
            group *= 100
        elif word == "thousand":
            total, group = group * 1000, 0
        elif word in {"dinar", "dinars", "fils"}:
            fils += (total + group) * (1 if word == "fils" else 1000)
            total = group = 0
    return Money(fils)

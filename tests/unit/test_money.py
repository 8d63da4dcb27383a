"""Money is whole fils: text at the edges, laws in between."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InputError
from models.money import FILS_PER_DINAR, Money

AMOUNTS = st.integers(min_value=0, max_value=999_999_999).map(Money)
ANY_AMOUNTS = st.integers(min_value=-(10**12), max_value=10**12).map(Money)


@pytest.mark.parametrize(
    ("text", "fils"), [("0.000", 0), ("0.001", 1), ("1.000", 1000), ("120.500", 120_500), ("999999.999", 999_999_999)]
)
def test_an_amount_is_read_with_three_decimals(text: str, fils: int) -> None:
    assert Money.parse(text) == Money(fils)


@pytest.mark.parametrize(
    "text",
    [
        "", "1", "1.5", "1.50", "1.0000", ".500", "1,500", "1 000.000", "1,000.000", "-1.000", "+1.000", " 1.000",
        "1.000\n", "1e3.000", "KD 1.000", "1234567.000", "١٢٠٫٥٠٠", "١٢٠.٥٠٠", "nan",
    ],
)  # fmt: skip
def test_any_other_text_is_refused_with_its_field_and_an_example(text: str) -> None:
    with pytest.raises(InputError, match=r"120\.500") as refused:
        Money.parse(text, field="line.amount")
    assert refused.value.field == "line.amount"


@given(AMOUNTS)
def test_what_is_written_reads_back_the_same(amount: Money) -> None:
    assert Money.parse(str(amount)) == amount


@given(ANY_AMOUNTS)
def test_the_text_is_the_number_of_fils_over_a_thousand(amount: Money) -> None:
    dinars, fils = str(amount).removeprefix("-").split(".")
    assert len(fils) == 3
    assert int(dinars) * FILS_PER_DINAR + int(fils) == abs(amount.fils)
    assert str(amount).startswith("-") == (amount.fils < 0)


@given(st.lists(ANY_AMOUNTS))
def test_the_total_is_the_sum_of_its_parts_to_the_fil(parts: list[Money]) -> None:
    assert Money.total(parts).fils == sum(part.fils for part in parts)
    assert Money.total(reversed(parts)) == Money.total(parts)


@given(ANY_AMOUNTS, ANY_AMOUNTS, st.integers(min_value=0, max_value=50))
def test_sums_differences_and_multiples_agree(one: Money, other: Money, times: int) -> None:
    assert one + other == other + one
    assert one + other - other == one
    assert one * times == Money.total([one] * times)


def test_amounts_are_ordered_by_value_and_not_by_text() -> None:
    assert Money.parse("9.000") < Money.parse("10.000")
    assert max(Money(1), Money(-2)) == Money(1)


def test_both_languages_write_western_digits_and_three_decimals() -> None:
    assert Money(120_500).english == "KD 120.500"
    assert Money(120_500).arabic == "120.500 د.ك."
    assert str(Money(-5)) == "-0.005"


def test_nothing_becomes_an_amount_by_accident() -> None:
    with pytest.raises(AttributeError):
        Money(1) + 1.5  # type: ignore[operator]
    with pytest.raises(AttributeError):
        Money(1).fils = 2  # type: ignore[misc]

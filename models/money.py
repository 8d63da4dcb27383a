"""Money: Kuwaiti dinars as whole fils, never a float; text only at the edges."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from models.errors import InputError

FILS_PER_DINAR = 1000
_DINARS = re.compile(r"(?P<dinars>\d{1,6})\.(?P<fils>\d{3})", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in fils (1 KD = 1000 fils)."""

    fils: int

    @classmethod
    def parse(cls, text: str, *, field: str = "amount") -> Self:
        """Read `120.500`: a dot, exactly three decimals, no sign or separator; else InputError on `field`."""
        match = _DINARS.fullmatch(text)
        if match is None:
            raise InputError(field, f"{text!r} is not an amount in dinars like 120.500 (three decimals)")
        return cls(int(match["dinars"]) * FILS_PER_DINAR + int(match["fils"]))

    @classmethod
    def total(cls, parts: Iterable["Money"]) -> Self:
        return cls(sum(part.fils for part in parts))

    def __str__(self) -> str:
        """The form that KNET, the rule book and the receipt use: `120.500`."""
        sign = "-" if self.fils < 0 else ""
        dinars, fils = divmod(abs(self.fils), FILS_PER_DINAR)
        return f"{sign}{dinars}.{fils:03d}"

    def __add__(self, other: "Money") -> "Money":
        return Money(self.fils + other.fils)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.fils - other.fils)

    def __mul__(self, times: int) -> "Money":
        return Money(self.fils * times)

    @property
    def english(self) -> str:
        return f"KD {self}"

    @property
    def arabic(self) -> str:
        return f"{self} د.ك."

"""The bank's own totals at the end of a settlement file: of all its lines, and of each terminal where it tells them."""

import re
from collections.abc import Sequence
from typing import Final

from infra.payments.reconciling.profile import Profile
from infra.payments.reconciling.totals import Totals
from models.errors import InputError
from models.money import FILS_PER_DINAR, Money

Row = tuple[int, list[str]]
"""The number of its line in the file, and its cells."""

NO_AMOUNT: Final = "is not an amount in dinars like 120.500 (three decimals)"
_TOTAL: Final = re.compile(r"(?P<sign>-?)(?P<dinars>\d{1,9})\.(?P<fils>\d{3})", re.ASCII)
_NAMES: Final = ("captures", "refunds", "fees", "net")


def split_off(body: Sequence[Row], profile: Profile) -> tuple[list[Row], Totals | None, dict[str, Totals]]:
    """The lines, the totals of all of them, and the totals of each terminal; InputError where they cannot be read."""
    if profile.trailer is None:
        return list(body), None, {}
    whole = _trailer(body, profile.trailer)
    rows = [row for row in body[:-1] if row[1][0] == profile.terminal_trailer]
    terminals: dict[str, Totals] = {}
    for number, cells in rows:
        terminal = cells[1] if len(cells) > 1 else ""
        if not terminal or terminal in terminals:
            raise InputError(f"line {number}", f"the row {profile.terminal_trailer!r} must name each terminal once")
        terminals[terminal] = _totals(number, cells[:1] + cells[2:], f"{profile.terminal_trailer} and the terminal")
    return [row for row in body[:-1] if row not in rows], whole, terminals


def _trailer(body: Sequence[Row], trailer: str) -> Totals:
    found = [(number, cells) for number, cells in body if cells[0] == trailer]
    if not found:
        raise InputError(f"row {trailer!r}", "is missing at the end: the file is cut off; fetch it again")
    number, cells = found[0]
    if len(found) > 1 or body[-1][0] != number:
        raise InputError(f"line {number}", f"the row {trailer!r} must be the last one, once; import one file at a time")
    return _totals(number, cells, trailer)


def _totals(number: int, cells: list[str], first: str) -> Totals:
    """Of a row that begins with one cell and has the four sums after it, and nothing more."""
    if len(cells) < len(_NAMES) + 1 or any(cells[len(_NAMES) + 1 :]):
        raise InputError(f"line {number}", f"must be {first}, then {', '.join(_NAMES)}")
    captures, refunds, fees, net = (
        _total(cell, f"line {number}, {name}", signed=name == "net")
        for cell, name in zip(cells[1 : len(_NAMES) + 1], _NAMES, strict=True)
    )
    return Totals(captures=captures, refunds=refunds, fees=fees, net=net)


def _total(text: str, where: str, *, signed: bool) -> Money:
    """The sum of many payments may be greater than any one of them can be."""
    match = _TOTAL.fullmatch(text)
    if match is None or (match["sign"] and not signed):
        raise InputError(where, NO_AMOUNT)
    return Money(int(match["dinars"]) * FILS_PER_DINAR + int(match["fils"])) * (-1 if match["sign"] else 1)

"""Reading a settlement file: strict, whole or not at all; every refusal names the line, the column and the remedy."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from io import StringIO
from typing import Final

from infra.gateway.postdate import infer_postdate
from infra.payments.reconciling.profile import Profile
from infra.payments.reconciling.totals import Totals, totals_of
from models.errors import InputError
from models.money import FILS_PER_DINAR, Money
from models.payments.posting import Posting, PostingKind

MOST_BYTES: Final = 32 * 1024 * 1024
_PTLF: Final = re.compile(r"ptlf +(?P<trackid>[A-Z0-9]{1,19})", re.ASCII)
_DAY: Final = re.compile(r"\d{2}/\d{2}/\d{4}", re.ASCII)
_TOTAL: Final = re.compile(r"(?P<sign>-?)(?P<dinars>\d{1,9})\.(?P<fils>\d{3})", re.ASCII)
_NO_AMOUNT: Final = "is not an amount in dinars like 120.500 (three decimals)"
_NUMBERS: Final = ("trackid", "paymentid", "tranid", "ref", "auth", "terminal")
_Row = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file says: its lines by their number in the file, and the bank's own totals of them."""

    postings: dict[int, Posting]
    stated: Totals | None  # the trailer's; None where the file has none
    fees_deducted: bool

    @property
    def reckoned(self) -> Totals:
        """The same totals, from the lines."""
        return totals_of(self.postings.values(), fees_deducted=self.fees_deducted)

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None of a file without lines."""
        days = [each.posted_on for each in self.postings.values()]
        return (min(days), max(days)) if days else None


def read_statement(data: bytes, profile: Profile, *, near: date) -> Statement:
    """Read a whole file; a day without a year is taken nearest to `near`. InputError says what is wrong with it."""
    if len(data) > MOST_BYTES:
        raise InputError("file", f"is larger than {MOST_BYTES // 1024**2} MiB; ask the bank for one file a day")
    try:
        text = data.decode(profile.encoding)
    except UnicodeDecodeError:
        raise InputError("file", f"is not text in {profile.encoding}; export it as CSV") from None
    rows = _rows(text, profile)
    _, headings = next(rows, (1, []))
    places = _places(headings, profile)
    body = list(rows)
    stated = _trailer(body, profile) if profile.trailer else None
    lines = body[:-1] if profile.trailer else body
    postings = {number: _posting(number, cells, profile, places, near=near) for number, cells in lines}
    return Statement(postings, stated, profile.fees_deducted)


def _rows(text: str, profile: Profile) -> Iterator[_Row]:
    """The rows that are not blank, with the number of the line on which each ends."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=profile.delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise InputError(f"line {reader.line_num}", "is not a row of CSV; export the file again") from None


def _places(headings: Sequence[str], profile: Profile) -> dict[str, int]:
    """At which place each column stands."""
    times = Counter(headings)
    for heading in profile.columns.named.values():
        if times[heading] != 1:
            fault = "is missing" if not times[heading] else "stands twice"
            raise InputError(
                f"column {heading!r}", f"{fault}; export the file with this column once, or choose another profile"
            )
    return {word: headings.index(heading) for word, heading in profile.columns.named.items()} | {"": len(headings)}


def _trailer(body: Sequence[_Row], profile: Profile) -> Totals:
    found = [(number, cells) for number, cells in body if cells[0] == profile.trailer]
    if not found:
        raise InputError(f"row {profile.trailer!r}", "is missing at the end: the file is cut off; fetch it again")
    number, cells = found[0]
    if len(found) > 1 or body[-1][0] != number:
        raise InputError(
            f"line {number}", f"the row {profile.trailer!r} must be the last one, once; import one file at a time"
        )
    names = ("captures", "refunds", "fees", "net")
    if len(cells) < len(names) + 1 or any(cells[len(names) + 1 :]):
        raise InputError(f"line {number}", f"must be {profile.trailer}, then {', '.join(names)}")
    captures, refunds, fees, net = (
        _total(cell, f"line {number}, {name}", signed=name == "net")
        for cell, name in zip(cells[1 : len(names) + 1], names, strict=True)
    )
    return Totals(captures=captures, refunds=refunds, fees=fees, net=net)


def _posting(number: int, cells: list[str], profile: Profile, places: dict[str, int], *, near: date) -> Posting:
    if len(cells) != places[""]:
        raise InputError(f"line {number}", f"has {len(cells)} cells instead of {places['']}; export the file again")
    values = {word: cells[place] for word, place in places.items() if word}
    columns = profile.columns
    amount = _money(values["amount"], f"line {number}, {columns.amount}")
    if not amount.fils:
        raise InputError(f"line {number}, {columns.amount}", "must be more than 0.000")
    ptlf = _PTLF.fullmatch(values.get("ptlf", ""))
    numbers = {word: values.get(word, "") for word in _NUMBERS}
    numbers["trackid"] = numbers["trackid"] or (ptlf["trackid"] if ptlf else "")
    return Posting(
        kind=_kind(values, profile, f"line {number}"),
        amount=amount,
        fee=_money(values.get("fee") or "0.000", f"line {number}, {columns.fee}"),
        posted_on=_day(values["posted_on"], profile, f"line {number}, {columns.posted_on}", near=near),
        **numbers,
    )


def _kind(values: dict[str, str], profile: Profile, where: str) -> PostingKind:
    by_status = profile.kinds.get(values["type"])
    if by_status is None:
        raise InputError(f"{where}, {profile.columns.type}", _one_of(profile.kinds))
    kind = by_status.get(values.get("status", ""))
    if kind is None:
        raise InputError(f"{where}, {profile.columns.status}", _one_of(by_status))
    return kind


def _one_of(words: Iterable[str]) -> str:
    return f"must be {' or '.join(words)}; a new word of the bank's belongs into the profile"


def _money(text: str, where: str) -> Money:
    """The value itself is not repeated in the error: errors reach Prefect, amounts do not."""
    try:
        return Money.parse(text)
    except InputError:
        raise InputError(where, _NO_AMOUNT) from None


def _total(text: str, where: str, *, signed: bool) -> Money:
    """The sum of many payments may be greater than any one of them can be."""
    match = _TOTAL.fullmatch(text)
    if match is None or (match["sign"] and not signed):
        raise InputError(where, _NO_AMOUNT)
    return Money(int(match["dinars"]) * FILS_PER_DINAR + int(match["fils"])) * (-1 if match["sign"] else 1)


def _day(text: str, profile: Profile, where: str, *, near: date) -> date:
    day = None
    if profile.dates == "MMDD":
        day = infer_postdate(text, near=near)
    elif _DAY.fullmatch(text):
        try:
            day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            day = None
    if day is None:
        raise InputError(where, f"is not a day written {profile.dates}")
    return day

"""Reading a settlement file: strict, whole or not at all; every refusal names the line, the column and the remedy."""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import StringIO
from typing import Final

from infra.gateway.postdate import infer_postdate
from infra.payments.reconciling.profile import Profile
from infra.payments.reconciling.totals import Totals, totals_of
from infra.payments.reconciling.trailer import NO_AMOUNT, Row, split_off
from models.errors import InputError
from models.money import Money
from models.payments.posting import Posting, PostingKind

MOST_BYTES: Final = 32 * 1024 * 1024
_DINARS: Final = frozenset({"KWD", "414"})
_CURRENCY: Final = re.compile(r"currency|عملة", re.IGNORECASE)
_TOMORROW: Final = timedelta(days=1)
_PTLF: Final = re.compile(r"ptlf +(?P<trackid>[A-Z0-9]{1,19})", re.ASCII)
_DAYS: Final = {
    "DD/MM/YYYY": re.compile(r"\d{2}/\d{2}/\d{4}", re.ASCII),
    "D/M/YYYY": re.compile(r"\d{1,2}/\d{1,2}/\d{4}", re.ASCII),
}
_NUMBERS: Final = ("trackid", "paymentid", "tranid", "ref", "auth", "terminal")


@dataclass(frozen=True, slots=True)
class Statement:
    """What a file says: its lines by their number in the file, and the bank's own totals of them."""

    postings: dict[int, Posting]
    stated: Totals | None  # the trailer's; None where the file has none
    fees_deducted: bool
    stated_by_terminal: dict[str, Totals] = field(default_factory=dict)

    @property
    def reckoned(self) -> Totals:
        """The same totals, from the lines."""
        return totals_of(self.postings.values(), fees_deducted=self.fees_deducted)

    @property
    def comparisons(self) -> dict[str, tuple[Totals, Totals]]:
        """What the bank says and what its lines make: of the file (""), and of each terminal that it has totals of."""
        whole = {"": (self.stated, self.reckoned)} if self.stated is not None else {}
        return whole | {
            f"terminal {terminal}, ": (said, totals_of(self._of(terminal), fees_deducted=self.fees_deducted))
            for terminal, said in self.stated_by_terminal.items()
        }

    @property
    def differences(self) -> dict[str, Money]:
        """By how much each of the bank's totals is more than its lines make; empty when all agree to the fil."""
        return {
            f"{whose}{name}": difference
            for whose, (said, made) in self.comparisons.items()
            for name, difference in said.differences(made).items()
        }

    @property
    def days(self) -> tuple[date, date] | None:
        """The first and the last day; None of a file without lines."""
        days = [each.posted_on for each in self.postings.values()]
        return (min(days), max(days)) if days else None

    def _of(self, terminal: str) -> list[Posting]:
        return [each for each in self.postings.values() if each.terminal == terminal]


def read_statement(data: bytes, profile: Profile, *, near: date) -> Statement:
    """Read a whole file; `near` is today, and a day without a year the nearest. InputError says what is wrong."""
    if len(data) > MOST_BYTES:
        raise InputError("file", f"is larger than {MOST_BYTES // 1024**2} MiB; ask the bank for one file a day")
    try:
        text = data.decode(profile.encoding)
    except UnicodeDecodeError:
        raise InputError("file", f"is not text in {profile.encoding}; export it as CSV") from None
    rows = _rows(text, profile)
    _, headings = next(rows, (1, []))
    places = _places(headings, profile)
    _require_currency_read(headings, profile)
    body = list(rows)
    lines, stated, by_terminal = split_off(body, profile)
    postings = {number: _posting(number, cells, profile, places, near=near) for number, cells in lines}
    if profile.terminal_trailer is not None:
        _require_every_terminal(postings, by_terminal, profile.terminal_trailer)
    return Statement(postings, stated, profile.fees_deducted, by_terminal)


def _require_every_terminal(postings: dict[int, Posting], totals: dict[str, Totals], row: str) -> None:
    if left_out := sorted({each.terminal for each in postings.values()} - totals.keys()):
        those = ", ".join(map(repr, left_out))
        raise InputError(f"row {row!r}", f"is missing of terminal {those}; fetch the file again")


def _rows(text: str, profile: Profile) -> Iterator[Row]:
    """The rows that are not blank, with the number of the line on which each ends."""
    reader = csv.reader(StringIO(text, newline=""), delimiter=profile.delimiter, strict=True)
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield reader.line_num, [cell.strip() for cell in cells]
    except csv.Error:
        raise InputError(f"line {reader.line_num}", "is not a row of CSV; export the file again") from None


def _places(headings: Sequence[str], profile: Profile) -> dict[str, int]:
    """At which place each column stands; all that is wrong with the heading is told at once."""
    times = Counter(headings)
    wrong = [heading for heading in dict.fromkeys(profile.columns.named.values()) if times[heading] != 1]
    if not headings:
        raise InputError("file", "is empty; export it again")
    if wrong and not times.keys() & set(profile.columns.named.values()):
        known = ", ".join(profile.columns.named.values())
        raise InputError("file", f"has none of the columns {known} in its first row; choose the file or profile again")
    if wrong:
        faults = ["is missing" if not times[heading] else "stands twice" for heading in wrong]
        where = ", ".join(f"column {heading!r}" for heading in wrong)
        raise InputError(
            where, f"{_said_once(faults)}; export the file with each of these once, or choose another profile"
        )
    return {word: headings.index(heading) for word, heading in profile.columns.named.items()} | {"": len(headings)}


def _said_once(faults: list[str]) -> str:
    """Of all columns together where it is the same."""
    if len(set(faults)) > 1 or len(faults) == 1:
        return ", ".join(faults)
    return {"is missing": "are missing", "stands twice": "stand twice"}[faults[0]]


def _require_currency_read(headings: Sequence[str], profile: Profile) -> None:
    """A foreign sum must not be taken for dinars because its currency stands in a column that nobody reads."""
    for heading in headings:
        if profile.columns.currency is None and _CURRENCY.search(heading):
            raise InputError(f"column {heading!r}", "is not read; name it in the profile as columns.currency")


def _posting(number: int, cells: list[str], profile: Profile, places: dict[str, int], *, near: date) -> Posting:
    if len(cells) != places[""]:
        raise InputError(f"line {number}", f"has {len(cells)} cells instead of {places['']}; export the file again")
    values = {word: cells[place] for word, place in places.items() if word}
    columns = profile.columns
    if columns.currency is not None and values["currency"] not in _DINARS:
        raise InputError(f"line {number}, {columns.currency}", "must be KWD or 414; ask the bank for a file in dinars")
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
        raise InputError(where, NO_AMOUNT) from None


def _day(text: str, profile: Profile, where: str, *, near: date) -> date:
    day = None
    if profile.dates == "MMDD":
        day = infer_postdate(text, near=near)
    elif _DAYS[profile.dates].fullmatch(text):
        try:
            day = datetime.strptime(text, "%d/%m/%Y").date()  # noqa: DTZ007 - a day, no moment
        except ValueError:
            day = None
    if day is None:
        raise InputError(where, f"is not a day written {profile.dates}")
    if day > near + _TOMORROW:
        raise InputError(where, "is still to come; export the file again")
    return day

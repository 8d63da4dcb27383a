"""KNET's posting date has no year (`MMDD`); the year is the one that puts it nearest to the capture."""

import re
from datetime import date, timedelta

_MMDD = re.compile(r"\d{4}", re.ASCII)
_HALF_A_YEAR = timedelta(days=183)


def infer_postdate(mmdd: str, *, near: date) -> date | None:
    """The day `mmdd` within 183 days of `near`; None when there is none, or `mmdd` is no date."""
    candidates = [day for year in (near.year - 1, near.year, near.year + 1) if (day := _day(year, mmdd)) is not None]
    within = [day for day in candidates if abs(day - near) <= _HALF_A_YEAR]
    return min(within, key=lambda day: abs(day - near), default=None)


def _day(year: int, mmdd: str) -> date | None:
    if _MMDD.fullmatch(mmdd) is None:
        return None
    try:
        return date(year, int(mmdd[:2]), int(mmdd[2:]))
    except ValueError:
        return None

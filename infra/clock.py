"""The one place that asks the time. UTC for records, Asia/Kuwait for rules and people."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

KUWAIT = ZoneInfo("Asia/Kuwait")


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - this is the one place


def kuwait_date(at: datetime) -> date:
    """The calendar day in Kuwait at `at`: the day by which fees, fines and durations are judged."""
    return at.astimezone(KUWAIT).date()


def written_day(on: date) -> str:
    """As people read it, in both languages; programs are given ISO."""
    return f"{on:%d/%m/%Y}"


def written_minute(at: datetime) -> str:
    return f"{at.astimezone(KUWAIT):%d/%m/%Y %H:%M}"


def written_second(at: datetime) -> str:
    return f"{at.astimezone(KUWAIT):%d/%m/%Y %H:%M:%S}"

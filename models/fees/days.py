"""Calendar arithmetic of the rules: whole years and months later, ages."""

import calendar
from datetime import date


def months_later(day: date, months: int) -> date:
    """The same day of the month; where the month is too short, its last day. Twelve months after 29 Feb: 28 Feb."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))


def years_later(day: date, years: int) -> date:
    """The same day `years` later; 29 Feb becomes 28 Feb where there is none (rule duration.end_of_term)."""
    return months_later(day, 12 * years)


def age_in_months(born: date, *, on: date) -> int:
    """Completed months: one more on each day of the month of birth, or on the day after a month too short for it."""
    return (on.year - born.year) * 12 + on.month - born.month - (on.day < born.day)


def age_in_years(born: date, *, on: date) -> int:
    return age_in_months(born, on=on) // 12

"""The steps of the reminders are sound, and nobody is reminded before the permit may be renewed."""

from datetime import date, timedelta

import pytest

from models.errors import RuleBookError
from models.fees.days import months_later
from models.reminder import may_apply, read_plan, reminder_steps
from models.rules.book import rule_book


@pytest.mark.parametrize("year", [2027, 2028])
def test_on_the_day_of_a_reminder_the_permit_may_be_renewed_or_the_reminder_waits(year: int) -> None:
    windows = rule_book().fees.durations.renewal_window
    for number in range(366):
        expires = date(year, 1, 1) + timedelta(days=number)
        opens = max(months_later(expires, -each.months_before) for each in windows)
        for step in reminder_steps():
            day = expires - timedelta(days=step)
            assert may_apply(expires, on=day, windows=windows) == (day >= opens)
        assert (expires - opens).days > sorted(reminder_steps())[-2], "the next step comes before the window opens"


def test_sixty_days_before_the_fifteenth_of_march_is_too_early() -> None:
    windows = rule_book().fees.durations.renewal_window
    assert not may_apply(date(2027, 3, 15), on=date(2027, 1, 14), windows=windows)
    assert may_apply(date(2027, 3, 15), on=date(2027, 1, 15), windows=windows)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("days_before: [60, 0]", "days_before.1: "),
        ("days_before: [60, -7]", "days_before.1: "),
        ("days_before: [60, 7, 7]", "and descend"),
        ("days_before: [7, 60]", "and descend"),
        ("days_before: []", "at least one day"),
        ("days_before: ['60']", "days_before.0: "),
        ("days_before: [60]\ncolour: red", "colour: Extra inputs"),
        ("steps: [60]", "days_before: Field required"),
        ("days_before: [", "cannot be read"),
    ],
)
def test_steps_that_are_not_sound_are_refused_by_name(text: str, told: str) -> None:
    with pytest.raises(RuleBookError, match=rf"reminders\.yaml.*{told}"):
        read_plan(text)


def test_every_fault_of_the_steps_is_told_at_once() -> None:
    with pytest.raises(RuleBookError) as error:
        read_plan("days_before: [60, 0]\ncolour: red")
    assert len(error.value.faults) == 2

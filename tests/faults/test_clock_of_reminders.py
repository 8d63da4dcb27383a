"""Fault matrix 36: the clock jumps, a day begins in Kuwait and not yet in UTC, a leap day: no reminder is double."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from infra.clock import KUWAIT
from infra.reminding.writing import remind
from models.case import CaseStatus
from models.person import CasePerson
from models.reminder import Reminder, reminder_steps
from tests.world import World


@pytest.fixture
def person_id(world: World) -> UUID:
    world.at(CaseStatus.COMPLETED)
    return world.rows(CasePerson)[0].id


def ends(world: World, day: date) -> None:
    world.sql("update case_person set period_end = :day", day=day)


def at(world: World, day: date, *, hour: int = 12, minute: int = 0) -> None:
    world.clock.at = datetime(day.year, day.month, day.day, hour, minute, tzinfo=KUWAIT).astimezone(UTC)


def steps(world: World) -> list[int]:
    return [each.step for each in world.rows(Reminder)]


def no_double(world: World) -> bool:
    told = world.rows(Reminder)
    by_step = Counter((each.person_id, each.expires, each.step) for each in told)
    by_day = Counter((each.person_id, each.on_day) for each in told)
    return max([*by_step.values(), *by_day.values()]) == 1


def test_row_36_a_clock_that_jumps_a_day_to_and_fro_reminds_once_a_step(world: World, person_id: UUID) -> None:
    expires = date(2027, 12, 31)
    ends(world, expires)
    assert person_id
    for left in (61, 60, 30, 14, 7, 1, 0):
        for jump in (0, 1, 0, -1, 0):
            at(world, expires - timedelta(days=left) + timedelta(days=jump))
            remind(world.ports, dry_run=False)
    assert steps(world) == list(reminder_steps())
    assert no_double(world)


def test_row_36_after_a_jump_forward_and_back_no_earlier_step_is_made_up_for(world: World, person_id: UUID) -> None:
    expires = date(2027, 12, 31)
    ends(world, expires)
    at(world, expires - timedelta(days=14))
    remind(world.ports, dry_run=False)
    at(world, expires - timedelta(days=20))
    remind(world.ports, dry_run=False)
    assert steps(world) == [14]
    assert person_id


@pytest.mark.parametrize(
    ("hour", "minute", "reminded"),
    [(23, 59, False), (0, 0, True), (0, 1, True), (2, 59, True), (3, 0, True)],
    ids=["last minute", "midnight", "after midnight", "before UTC's midnight", "UTC's midnight"],
)
def test_row_36_a_day_begins_by_the_clock_of_kuwait(
    world: World, person_id: UUID, *, hour: int, minute: int, reminded: bool
) -> None:
    expires = date(2027, 12, 31)
    ends(world, expires)
    sixty_before = expires - timedelta(days=60)
    at(world, sixty_before - timedelta(days=hour == 23), hour=hour, minute=minute)
    remind(world.ports, dry_run=False)
    assert (steps(world) == [60]) == reminded
    assert person_id


@pytest.mark.parametrize("expires", [date(2028, 2, 29), date(2028, 3, 1), date(2027, 2, 28), date(2028, 1, 1)])
def test_row_36_leap_days_and_turns_of_the_year_cost_no_step(world: World, person_id: UUID, expires: date) -> None:
    ends(world, expires)
    for left in (61, 60, 59, 31, 30, 15, 14, 8, 7, 2, 1, 0):
        at(world, expires - timedelta(days=left), hour=9)
        remind(world.ports, dry_run=False)
    assert steps(world) == list(reminder_steps())
    assert no_double(world)
    assert person_id


def test_row_36_the_same_day_pressed_again_by_hand_tells_nobody_again(world: World, person_id: UUID) -> None:
    expires = date(2027, 12, 31)
    ends(world, expires)
    for day in (expires - timedelta(days=30), expires - timedelta(days=31), expires - timedelta(days=30)):
        remind(world.ports, day=day, dry_run=False)
    assert steps(world) == [30]
    assert person_id

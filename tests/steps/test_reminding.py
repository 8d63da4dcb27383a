"""Reminders before a permit ends: from what our own cases know, at each step once, by one message an account."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from infra.clock import KUWAIT
from infra.messages.sending import send_due
from infra.reminding import due
from infra.reminding.writing import Reminded, decent_time, remind
from infra.sandbox.people import Specimen
from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.message import Message, MessageKind, MessageOutcome
from models.person import CasePerson
from models.reminder import Reminder, reminder_steps, step_due
from models.service import Service
from tests.racing import at_once
from tests.world import World

S = CaseStatus


def at_days_before(world: World, case_id: UUID, days: int) -> None:
    """The clock at noon in Kuwait, so many days before the permit's last day."""
    [person, *_] = world.rows(CasePerson, case_id=case_id)
    expires = person.period_end if world.status(case_id) is S.COMPLETED else person.permit_expires
    assert expires is not None
    noon = datetime.combine(expires - timedelta(days=days), datetime.min.time(), tzinfo=KUWAIT) + timedelta(hours=12)
    world.clock.at = noon.astimezone(UTC)


def run(world: World, *, dry_run: bool = False, day: date | None = None) -> Reminded:
    return remind(world.ports, day=day, dry_run=dry_run)


def send_all(world: World) -> None:
    while send_due(world.ports):
        pass


def test_each_step_comes_once_and_says_what_day_the_permit_ends(world: World) -> None:
    case_id = world.at(S.COMPLETED)
    [person] = world.rows(CasePerson, case_id=case_id)
    assert person.period_end is not None
    for step in reminder_steps():
        at_days_before(world, case_id, step)
        assert run(world).persons == {step: 1}
        assert run(world).total == 0
        send_all(world)
        text = world.messages.texts(MessageKind.EXPIRY_NEAR)[-1]
        assert f"ends on {person.period_end:%d/%m/%Y}" in text
        assert ("tomorrow" if step == 1 else f"in {step} days") in text
    assert len(world.messages.texts(MessageKind.EXPIRY_NEAR)) == len(reminder_steps())
    assert [each.step for each in world.rows(Reminder)] == list(reminder_steps())


@pytest.mark.parametrize(
    ("days", "step"), [(61, None), (60, 60), (31, 60), (30, 30), (8, 14), (1, 1), (0, 1), (-1, None)]
)
def test_the_nearest_step_that_has_come_is_the_one(days: int, step: int | None) -> None:
    assert step_due(days) == step


def test_after_missed_runs_only_the_nearest_step_is_sent(world: World) -> None:
    case_id = world.at(S.COMPLETED)
    at_days_before(world, case_id, 6)
    assert run(world).persons == {7: 1}
    at_days_before(world, case_id, 5)
    assert run(world).total == 0


def test_who_has_renewed_or_applied_again_is_left_alone(world: World) -> None:
    person = world.person()
    first = world.at(S.COMPLETED, world.draft(Service.INDIVIDUAL, person))
    at_days_before(world, first, 20)
    again = renewed_person(world, person, world.rows(CasePerson, case_id=first)[0])
    [second] = world.submitted(world.draft(Service.INDIVIDUAL, again))
    assert run(world).total == 0
    world.release(second)
    world.run(second)
    world.pay(second)
    assert world.run(second) is S.COMPLETED
    assert run(world).total == 0
    at_days_before(world, second, 60)
    assert run(world).persons == {60: 1}


def renewed_person(world: World, person: Specimen, record: CasePerson) -> Specimen:
    """The registry knows the new permit by now."""
    residency = person.resident.residency
    assert residency is not None
    known = residency.model_copy(update={"permit_expires": record.period_end})
    work = person.resident.work
    valid = work.model_copy(update={"permit_valid_until": world.today + timedelta(days=800)}) if work else None
    changed = person.resident.model_copy(update={"residency": known, "work": valid})
    world.registries.people[person.civil_number] = changed
    return person


def test_a_case_that_came_to_nothing_still_knows_when_the_old_permit_ends(world: World) -> None:
    case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.NO_BIOMETRICS)))
    at_days_before(world, case_id, 14)
    assert run(world).persons == {14: 1}


def test_two_cases_that_know_the_same_permit_remind_once(world: World) -> None:
    person = world.person(18, Trouble.NO_BIOMETRICS)
    first = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person))
    at_days_before(world, first, 30)
    assert run(world).persons == {30: 1}
    world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, person))
    at_days_before(world, first, 29)
    assert run(world).total == 0
    at_days_before(world, first, 14)
    assert run(world).persons == {14: 1}


def test_a_family_is_told_in_one_message_and_counted_anew_when_it_is_sent(world: World) -> None:
    head = world.sponsor()
    people = [world.person(22, Trouble.STATE_DEBTS, sponsor=head) for _ in range(3)]
    case_id = world.at(S.REJECTED, world.family(head, *people))
    world.sql("update case_person set permit_expires = :day", day=date(2026, 12, 30))
    at_days_before(world, case_id, 30)
    done = run(world)
    assert (done.total, done.messages) == (3, 1)
    world.submitted(world.family(head, people[0]))
    send_all(world)
    [text] = world.messages.texts(MessageKind.EXPIRY_NEAR)
    assert "and others): 2 end on 30/12/2026, in 30 days." in text


def test_who_applies_before_the_message_is_sent_does_not_get_it(world: World) -> None:
    person = world.person()
    first = world.at(S.COMPLETED, world.draft(Service.INDIVIDUAL, person))
    at_days_before(world, first, 14)
    send_all(world)
    run(world)
    renewed_person(world, person, world.rows(CasePerson, case_id=first)[0])
    world.submitted(world.draft(Service.INDIVIDUAL, person))
    send_all(world)
    assert world.messages.texts(MessageKind.EXPIRY_NEAR) == []
    assert [each.outcome for each in world.rows(Message, kind=MessageKind.EXPIRY_NEAR)] == [MessageOutcome.OUT_OF_DATE]


def test_a_dry_run_counts_and_writes_nothing(world: World) -> None:
    case_id = world.at(S.COMPLETED)
    at_days_before(world, case_id, 7)
    seen: list[tuple[int, int]] = []
    done = remind(world.ports, dry_run=True, progress=lambda count, of: seen.append((count, of)))
    assert (done.persons, done.messages) == ({7: 1}, 1)
    assert seen == [(1, 1)]
    assert world.rows(Reminder) == []
    assert run(world).total == 1


def test_persons_are_read_page_by_page(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(due, "PAGE", 2)
    cases = world.submitted(world.company(*[world.person(18, Trouble.NO_BIOMETRICS) for _ in range(5)]))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    world.sql("update case_person set permit_expires = :day", day=date(2026, 12, 30))
    at_days_before(world, cases[0], 7)
    done = run(world)
    assert (done.total, done.messages) == (5, 1)
    send_all(world)
    assert "5 end on 30/12/2026" in world.messages.texts(MessageKind.EXPIRY_NEAR)[0]


@pytest.mark.parametrize(
    ("hour", "sent_at"),
    [(8, (23, 9)), (9, (23, 9)), (20, (23, 20)), (21, (24, 9)), (2, (23, 9))],
)
def test_nobody_is_woken_at_night(hour: int, sent_at: tuple[int, int]) -> None:
    at = decent_time(datetime(2026, 11, 23, hour, tzinfo=KUWAIT)).astimezone(KUWAIT)
    assert (at.day, at.hour) == sent_at


@pytest.mark.parametrize("change", ["update reminder set step = 1", "delete from reminder", "truncate reminder"])
def test_what_was_reminded_never_changes(world: World, change: str) -> None:
    case_id = world.at(S.COMPLETED)
    at_days_before(world, case_id, 7)
    run(world)
    with pytest.raises(DBAPIError, match="append-only"):
        world.sql(change)


def test_two_runs_at_once_remind_once(world: World) -> None:
    case_id = world.at(S.COMPLETED)
    at_days_before(world, case_id, 7)
    done = at_once(*[lambda: run(world).total] * 3)
    assert sorted(map(str, done)) == ["0", "0", "1"]
    assert len(world.rows(Reminder)) == 1
    assert len(world.rows(Message, kind=MessageKind.EXPIRY_NEAR)) == 1

"""Writing the reminders of a day: one message to each account for the permits that end on the same day, once."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from infra.clock import KUWAIT, kuwait_date
from infra.database import unit_of_work
from infra.reminding.due import DueReminder, known_expiries, pages_of_due
from infra.wiring import Ports
from models.message import Message, MessageKind
from models.reminder import Reminder, may_apply, reminder_steps, step_due
from models.rules.book import rule_book

_MORNING: Final = time(9)
_EVENING: Final = time(21)


@dataclass(slots=True)
class Reminded:
    """What a run did, or would do: persons by step, and how many messages tell them."""

    day: date
    persons: Counter[int] = field(default_factory=Counter)
    messages: int = 0

    @property
    def total(self) -> int:
        return self.persons.total()


@dataclass(frozen=True, slots=True)
class _Round:
    expires: date
    step: int
    day: date
    now: datetime


def _days_to_look_at(ports: Ports, day: date) -> list[tuple[date, int]]:
    """Every known expiry that a step before it has come for, with the nearest such step.

    Nobody is called before the permit may be renewed: who came then would be refused.
    """
    windows = rule_book().fees.durations.renewal_window
    known = known_expiries(ports, day, day + timedelta(days=max(reminder_steps())))
    days = [(expires, step_due((expires - day).days)) for expires in sorted(known)]
    return [(end, step) for end, step in days if step is not None and may_apply(end, on=day, windows=windows)]


def remind(
    ports: Ports, *, day: date | None = None, dry_run: bool, progress: Callable[[int, int], None] = lambda _d, _a: None
) -> Reminded:
    """Write what is due on `day` (today in Kuwait). `progress` is told how many expiry days are done, of how many.

    Safe to repeat, to interrupt, and to run twice at once: a person is reminded of an expiry once at each step, never
    twice on a day, and after a run was missed only of the nearest step.
    """
    now = ports.now()
    done = Reminded(day or kuwait_date(now))
    days = _days_to_look_at(ports, done.day)
    for count, (expires, step) in enumerate(days, 1):
        at = _Round(expires, step, done.day, now)
        accounts: set[UUID] = set()
        for page in pages_of_due(ports, expires, step=step, on=done.day):
            written = page if dry_run else _write(ports, page, at)
            done.persons[step] += len(written)
            accounts |= {each.account_id for each in written}
        done.messages += len(accounts)
        progress(count, len(days))
    return done


def _write(ports: Ports, page: Sequence[DueReminder], at: _Round) -> list[DueReminder]:
    """Messages and records of a page in one commit; those whom another run has just told are passed over."""
    with unit_of_work(ports.engine) as session:
        told = _record(session, page, _messages(session, page, at), at)
    return [each for each in page if each.person_id in told]


def _messages(session: Session, page: Sequence[DueReminder], at: _Round) -> dict[UUID, UUID]:
    """The message of each account; it may be there already, from the page before or from another run.

    Written in the order of the accounts, so that two runs at once wait for each other and never in a circle.
    """
    of_account = {each.account_id: each for each in sorted(page, key=lambda each: each.account_id)}
    rows = [_message(each, at).model_dump() for each in of_account.values()]
    session.connection().execute(insert(Message).values(rows).on_conflict_do_nothing())
    keys = [row["dedup_key"] for row in rows]
    return dict(session.exec(select(Message.account_id, Message.id).where(col(Message.dedup_key).in_(keys))).all())


def _message(each: DueReminder, at: _Round) -> Message:
    return Message(
        created_at=at.now,
        kind=MessageKind.EXPIRY_NEAR,
        account_id=each.account_id,
        case_id=each.case_id,
        about_id=each.account_id,
        dedup_key=f"{MessageKind.EXPIRY_NEAR}:{each.account_id}:{at.expires}:{at.step}",
        due_at=decent_time(at.now),
    )


def _record(session: Session, page: Sequence[DueReminder], messages: dict[UUID, UUID], at: _Round) -> set[UUID]:
    rows = [
        {
            "id": uuid4(),
            "created_at": at.now,
            "person_id": each.person_id,
            "account_id": each.account_id,
            "message_id": messages[each.account_id],
            "expires": at.expires,
            "step": at.step,
            "on_day": at.day,
        }
        for each in page
    ]
    write = insert(Reminder).values(rows).on_conflict_do_nothing().returning(col(Reminder.person_id))
    return {row.person_id for row in session.connection().execute(write)}


def decent_time(now: datetime) -> datetime:
    """Now, if it is day in Kuwait; else the next morning: nobody's telephone rings at night for this."""
    local = now.astimezone(KUWAIT)
    if _MORNING <= local.time() < _EVENING:
        return now
    day = local.date() + timedelta(days=local.time() >= _EVENING)
    return datetime.combine(day, _MORNING, tzinfo=KUWAIT)

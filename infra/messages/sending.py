"""Sending what is due: a loop beside the worker; a case never waits for it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog
from anyio import sleep, to_thread
from sqlmodel import col, select

from infra.database import fetch, locked, unit_of_work
from infra.errors import PermanentError, TransientError
from infra.messages import Letter
from infra.messages.facts import facts_of
from infra.messages.holds import news_since, waits_for_staff
from infra.messages.wording import worded
from infra.wiring import Ports
from models.account import Account
from models.case import Case
from models.message import Message, MessageOutcome
from models.service import Language

LEASE: Final = timedelta(minutes=2)
"""Whoever takes a message up and dies leaves it to the others after this."""

WORTH: Final = timedelta(days=5)
"""News that is older is not sent any more."""

_BATCH: Final = 40
_AT_ONCE: Final = 4
_AGAIN: Final = timedelta(seconds=30)
_LONGEST: Final = timedelta(hours=1)
_log = structlog.get_logger()


async def send_for_ever(ports: Ports, *, poll_seconds: float) -> None:
    """Round after round. Trouble with the gateway or the database delays, and loses nothing; Prefect is not needed."""
    while True:
        count = 0
        try:
            count = await to_thread.run_sync(send_due, ports)
        except TransientError as error:
            _log.warning("messages_wait", reason=str(error))
        if count < _BATCH:
            await sleep(poll_seconds)


def send_due(ports: Ports) -> int:
    """One round; how many were due. Any number of workers may do it at once, each takes up other messages."""
    keys = _take_up(ports)
    if not keys:
        return 0
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="message") as hands:
        work = {key: hands.submit(_send_one, ports, key) for key in keys}
    for key, done in work.items():
        _note(key, done.exception())
    return len(keys)


def _note(key: UUID, error: BaseException | None) -> None:
    """One that cannot even be worded is due again after its lease, and keeps nobody else waiting.

    Of the error its kind and not its message, which may hold anything.
    """
    if isinstance(error, Exception):
        _log.error("message_not_sent", message_id=str(key), reason=type(error).__name__)
    elif error is not None:
        raise error


def _take_up(ports: Ports) -> list[UUID]:
    now = ports.now()
    query = (
        select(Message)
        .join(Case, col(Case.id) == col(Message.case_id))
        .where(col(Message.outcome).is_(None), col(Message.due_at) <= now, ~waits_for_staff())
        .order_by(col(Message.due_at))
        .limit(_BATCH)
        .with_for_update(of=Message, skip_locked=True)
    )
    with unit_of_work(ports.engine) as session:
        found = session.exec(query).all()
        for message in found:
            message.due_at = now + LEASE
            message.tries += 1
        return [message.id for message in found]


def _send_one(ports: Ports, message_id: UUID) -> None:
    """Trouble with one keeps no other waiting; whoever dies here sends it again, under the same key."""
    try:
        letter = _letter(ports, message_id)
        if letter is None:
            _end(ports, message_id, MessageOutcome.OUT_OF_DATE)
            return
        ports.messages.send(letter)
        _end(ports, message_id, MessageOutcome.SENT)
    except PermanentError as error:
        _log.warning("message_refused", message_id=str(message_id), reason=str(error))
        _end(ports, message_id, MessageOutcome.REFUSED)
    except TransientError as error:
        _log.warning("message_waits", message_id=str(message_id), reason=str(error))
        _put_off(ports, message_id)


def _letter(ports: Ports, message_id: UUID) -> Letter | None:
    """None when it is no longer true, or there is nobody to be told."""
    with unit_of_work(ports.engine) as session:
        message = fetch(session, Message, message_id)
        account, case = fetch(session, Account, message.account_id), fetch(session, Case, message.case_id)
        facts = (
            None if account.is_erased else facts_of(session, message, case, settings=ports.settings, now=ports.now())
        )
    if facts is None:
        return None
    return Letter(
        key=message.dedup_key,
        account_id=account.id,
        mobile=account.mobile,
        template=message.kind,
        language=case.language,
        words={language: worded(message.kind, language, facts) for language in Language},
    )


def _end(ports: Ports, message_id: UUID, outcome: MessageOutcome) -> None:
    with unit_of_work(ports.engine) as session:
        message = locked(session, Message, message_id)
        if message.outcome is None:
            message.outcome = outcome
            message.sent_at = ports.now() if outcome is MessageOutcome.SENT else None


def _put_off(ports: Ports, message_id: UUID) -> None:
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        message = locked(session, Message, message_id)
        message.due_at = now + min(_AGAIN * 2 ** min(message.tries - 1, 10), _LONGEST)
        if message.outcome is None and news_since(session, message) + WORTH < now:
            message.outcome = MessageOutcome.GIVEN_UP

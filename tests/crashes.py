"""Dying at a commit: just before it, or just after it, as a process that is killed there would."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count

from sqlalchemy import event
from sqlalchemy.orm import Session

MOMENTS = ("before_commit", "after_commit")


class CrashError(BaseException):
    """No `except Exception` may catch it: nothing catches a killed process either."""


@contextmanager
def crash(moment: str, *, nth: int) -> Iterator[None]:
    """Die at the nth commit of the block."""
    commits = count(1)

    def bomb(_session: Session) -> None:
        if next(commits) == nth:
            raise CrashError

    event.listen(Session, moment, bomb)
    try:
        yield
    finally:
        event.remove(Session, moment, bomb)


@contextmanager
def counted_commits() -> Iterator[list[Session]]:
    """Grows by one with every commit of the block."""
    commits: list[Session] = []

    def note(session: Session) -> None:
        commits.append(session)

    event.listen(Session, "after_commit", note)
    try:
        yield commits
    finally:
        event.remove(Session, "after_commit", note)

"""The work list as staff read it: each open question, what it is about, and what to do, in both languages."""

from typing import Any

from sqlmodel import Session

from infra.clock import KUWAIT
from infra.database import all_of, fetch
from infra.payments.reviews import open_items
from models.case import Case, CaseStatus
from models.payments.attempt import PaymentAttempt
from models.payments.order import OrderLine
from models.payments.resolution import Resolution
from models.payments.review import ReviewItem, ReviewWords, review_rules


def work_list(session: Session) -> list[dict[str, Any]]:
    """Every open question, oldest first, as JSON knows it."""
    return [_item(session, each) for each in open_items(session)]


def _item(session: Session, each: ReviewItem) -> dict[str, Any]:
    return {
        "item": str(each.id),
        "kind": each.kind.value,
        "since": each.created_at.astimezone(KUWAIT).isoformat(timespec="minutes"),
        "about": names_of(session, each),
        "note": each.note,
        "resolutions": [str(resolution.id) for resolution in _resolutions(session, each)],
        **words_of(session, each).model_dump(),
    }


def words_of(session: Session, each: ReviewItem) -> ReviewWords:
    """What it is and what staff do about it, as far as its cases have come."""
    rules = review_rules()[each.kind]
    lines = all_of(session, OrderLine, order_id=each.order_id) if each.order_id else []
    statuses = {fetch(session, Case, line.case_id).status for line in lines}
    return rules.words_when_completed if statuses == {CaseStatus.COMPLETED} else rules.words


def names_of(session: Session, each: ReviewItem) -> list[str]:
    """The names by which other commands take it: track id, refund, cases; of a line in a file, its own."""
    lines = all_of(session, OrderLine, order_id=each.order_id) if each.order_id else []
    attempt = [fetch(session, PaymentAttempt, each.attempt_id).trackid] if each.attempt_id else []
    refund = [str(each.refund_id)] if each.refund_id else []
    names = [*attempt, *refund, *sorted(fetch(session, Case, line.case_id).reference for line in lines)]
    return names or [each.subject]


def _resolutions(session: Session, each: ReviewItem) -> list[Resolution]:
    """Those that wait for a second person."""
    subject = {"refund_id": each.refund_id} if each.refund_id else {"attempt_id": each.attempt_id}
    if not any(subject.values()):
        return []
    return all_of(session, Resolution, applied_at=None, withdrawn_at=None, **subject)

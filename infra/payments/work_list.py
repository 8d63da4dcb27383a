"""The work list as staff read it: each open question, what it is about, and what to do, in both languages."""

from typing import Any

from sqlmodel import Session

from infra.clock import KUWAIT
from infra.database import all_of, fetch
from infra.payments.reviews import open_items
from models.case import Case
from models.payments.attempt import PaymentAttempt
from models.payments.order import OrderLine
from models.payments.resolution import Resolution
from models.payments.review import ReviewItem, review_words


def work_list(session: Session) -> list[dict[str, Any]]:
    """Every open question, oldest first, as JSON knows it."""
    return [_item(session, each) for each in open_items(session)]


def _item(session: Session, each: ReviewItem) -> dict[str, Any]:
    return {
        "item": str(each.id),
        "kind": each.kind.value,
        "since": each.created_at.astimezone(KUWAIT).isoformat(timespec="minutes"),
        "about": _about(session, each),
        "note": each.note,
        "resolutions": [str(resolution.id) for resolution in _resolutions(session, each)],
        **review_words()[each.kind].model_dump(),
    }


def _about(session: Session, each: ReviewItem) -> list[str]:
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

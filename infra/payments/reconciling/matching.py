"""Which payment or refund of ours a line is about, and where the same line was seen before."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, select

from infra.clock import kuwait_date
from infra.database import all_of
from infra.payments.reconciling.line import Line
from models.payments.attempt import PaymentAttempt
from models.payments.posting import Posting, PostingKind
from models.payments.refund import Refund, RefundState
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine

_SENT: Final = (RefundState.SUBMITTING, RefundState.UNKNOWN, RefundState.SUCCEEDED)
_A_DAY: Final = timedelta(days=1)


def find_attempt(session: Session, gateway: str, posting: Posting) -> PaymentAttempt | None:
    """By track id alone; without one by transaction id and amount, then payment id, then reference, amount and day.

    The track id is ours and unique for ever; a gateway's numbers come again. So one of those counts only where it
    names one payment, and never beside the track id of somebody else.
    """
    ours = select(PaymentAttempt).where(col(PaymentAttempt.gateway) == gateway)
    if posting.trackid:
        return session.exec(ours.where(col(PaymentAttempt.trackid) == posting.trackid)).first()
    for search in _searches(posting):
        found = list(session.exec(ours.where(search)))
        if len(found) == 1:
            return found[0]
    return _by_reference(session, gateway, posting)


def _searches(posting: Posting) -> Iterator[ColumnElement[bool]]:
    """Of a refund, the transaction id is the refund's own."""
    if posting.tranid and posting.kind is not PostingKind.REFUND:
        same_sum = col(PaymentAttempt.amount_fils) == posting.amount.fils
        yield and_(col(PaymentAttempt.tranid) == posting.tranid, same_sum)
    if posting.paymentid:
        yield col(PaymentAttempt.paymentid) == posting.paymentid


def _by_reference(session: Session, gateway: str, posting: Posting) -> PaymentAttempt | None:
    if not posting.ref or posting.kind is PostingKind.REFUND:
        return None
    query = select(PaymentAttempt).where(
        col(PaymentAttempt.gateway) == gateway,
        col(PaymentAttempt.ref) == posting.ref,
        col(PaymentAttempt.amount_fils) == posting.amount.fils,
    )
    near = [each for each in session.exec(query) if abs(day_of(each) - posting.posted_on) <= _A_DAY]
    return near[0] if len(near) == 1 else None


def day_of(attempt: PaymentAttempt) -> date:
    """The day in Kuwait on which the bank counts it, as far as we were told."""
    return attempt.postdate or kuwait_date(attempt.captured_at or attempt.created_at)


def find_refund(session: Session, gateway: str, attempt: PaymentAttempt | None, posting: Posting) -> Refund | None:
    """A refund that we sent and that no line has shown yet: of the payment, else by its own number; and its amount."""
    if attempt is None and (posting.trackid or not posting.tranid):
        return None
    shown = select(SettlementLine.refund_id).where(col(SettlementLine.refund_id).is_not(None))
    query = (
        select(Refund)
        .join(PaymentAttempt, col(PaymentAttempt.id) == col(Refund.attempt_id))
        .where(
            col(PaymentAttempt.gateway) == gateway,
            col(Refund.amount_fils) == posting.amount.fils,
            col(Refund.state).in_(_SENT),
            col(Refund.id).not_in(shown),
            col(Refund.attempt_id) == attempt.id if attempt else col(Refund.tranid) == posting.tranid,
        )
        .order_by(col(Refund.created_at))
    )
    fitting = [each for each in session.exec(query) if not _another_number(each.tranid, posting.tranid)]
    return next((each for each in fitting if each.tranid), fitting[0] if fitting else None)


def is_another_payment(attempt: PaymentAttempt, posting: Posting) -> bool:
    """Money that was taken beside the captured payment, under the same track id."""
    if attempt.captured_at is None or (posting.paymentid and posting.paymentid == attempt.paymentid):
        return False
    return _another_number(attempt.tranid, posting.tranid)


def _another_number(ours: str | None, theirs: str) -> bool:
    return bool(ours and theirs and ours != theirs)


def same_lines(session: Session, line: Line, attempt: PaymentAttempt | None) -> list[SettlementLine]:
    """What was taken in already and is this line, whatever it says of amount and fee; the newest first."""
    said = line.posting
    same = _same_numbers(said, attempt)
    if same is None:
        return []
    query = (
        select(SettlementLine)
        .join(SettlementFile, col(SettlementFile.id) == col(SettlementLine.file_id))
        .where(col(SettlementFile.gateway) == line.file.gateway, col(SettlementLine.kind) == said.kind, same)
        .order_by(col(SettlementLine.created_at).desc(), col(SettlementLine.number).desc())
    )
    found = [each for each in session.exec(query) if _is_told_again(each, said, attempt)]
    return [each for each in found if not _was_taken_back_between(session, each, said)]


def _was_taken_back_between(session: Session, before: SettlementLine, said: Posting) -> bool:
    """A capture that is posted again after it was taken back is news."""
    if said.kind is not PostingKind.CAPTURE or before.attempt_id is None or said.posted_on <= before.posted_on:
        return False
    known = {"attempt_id": before.attempt_id, "line_class": LineClass.REVERSED}
    days = [each.posted_on for each in all_of(session, SettlementLine, **known)]
    return any(before.posted_on <= day <= said.posted_on for day in days)


def _is_told_again(before: SettlementLine, said: Posting, attempt: PaymentAttempt | None) -> bool:
    """With another amount it is the same line only where no number tells the two apart."""
    if before.amount_fils == said.amount.fils:
        return True
    if said.kind is PostingKind.REVERSAL:
        return False
    if said.kind is PostingKind.REFUND:
        return bool(said.tranid)
    if attempt is None:
        return (before.trackid, before.paymentid, before.ref) == (said.trackid, said.paymentid, said.ref)
    return before.tranid == said.tranid or before.line_class is not LineClass.CONTRADICTION


def _same_numbers(said: Posting, attempt: PaymentAttempt | None) -> ColumnElement[bool] | None:
    """None where nothing tells two lines apart: both are then taken for what they say."""
    row = SettlementLine
    own = col(row.attempt_id) == (attempt.id if attempt else None)
    if said.tranid:
        numbers = [said.tranid] if attempt is None or said.kind is PostingKind.REFUND else [said.tranid, ""]
        return and_(own, col(row.tranid).in_(numbers))
    if attempt is not None and said.kind is not PostingKind.REFUND:
        return own
    if said.ref or (said.kind is not PostingKind.REFUND and (said.paymentid or said.trackid)):
        others = (col(row.paymentid) == said.paymentid, col(row.trackid) == said.trackid)
        return and_(own, col(row.ref) == said.ref, *others)
    return None

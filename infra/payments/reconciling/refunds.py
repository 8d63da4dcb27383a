"""What follows from a refund in the bank's file: it answers for one of ours, or somebody made it at the bank."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta

from sqlmodel import Session

from infra.clock import KUWAIT
from infra.database import all_of
from infra.payments.booking import book_refund, captures_of, left_fils, unbook_refund
from infra.payments.following import follow
from infra.payments.reconciling.books import book_payout, book_unasked_refund
from infra.payments.reconciling.captures import Ours
from infra.payments.reconciling.line import Line
from infra.payments.refunding import succeed
from infra.payments.reviews import close_healed, open_review
from models.history import Act
from models.payments.ledger import LedgerEntry
from models.payments.refund import COUNTED, Refund, RefundEvent, RefundState
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass

BANK_ACTOR = "bank"
_NOT_SENT = frozenset({RefundState.REQUESTED, RefundState.APPROVED})


def take_refund(
    session: Session, line: Line, ours: Ours | None, refund: Refund | None, *, act: Act
) -> tuple[LineClass, Refund | None]:
    """What the line is, and the refund that stands for it; `refund` is held with its order."""
    if refund is not None:
        _carried_out(session, line, refund, act=act)
        found = LineClass.MATCHED_REFUND
    else:
        refund = _external(session, line, ours, act=act)
        found = LineClass.EXTERNAL_REFUND
    book_payout(session, line, order_id=ours[0].id if ours else None, act=act)
    if ours:
        follow(session, ours[0], act=act)
    return found, refund


def take_back_refund(session: Session, refund: Refund, *, act: Act) -> None:
    """One that stood for a line of the bank's file which a later file corrects: it was never carried out."""
    why = replace(act, reason="the bank's later file shows another sum")
    for nth, event in enumerate((RefundEvent.LOSE_SIGHT, RefundEvent.REJECT)):
        session.add(refund.apply(event, replace(why, at=act.at + timedelta(microseconds=nth))))
        session.flush()
    unbook_refund(session, refund, act=why)


def _carried_out(session: Session, line: Line, refund: Refund, *, act: Act) -> None:
    refund.tranid = refund.tranid or line.posting.tranid or None
    succeed(session, refund, act=act, booked_on=_noon(line.posting.posted_on))
    for question in (ReviewKind.REFUND_UNKNOWN, ReviewKind.REFUND_NOT_SETTLED):
        close_healed(session, question, subject=str(refund.id), act=act)


def _external(session: Session, line: Line, ours: Ours | None, *, act: Act) -> Refund | None:
    """It counts as a refund like our own, so that nobody gives the same money back again."""
    capture = next(iter(captures_of(session, ours[1])), None) if ours else None
    refund = _stand_in(session, line, ours, capture, act=act) if ours and capture else None
    if refund is None:
        book_unasked_refund(session, line, capture, order_id=ours[0].id if ours else None, act=act)
    open_review(
        session,
        ReviewKind.EXTERNAL_REFUND,
        subject=line.name,
        attempt=ours[1] if ours else None,
        refund=refund,
        act=act,
        note=line.note,
    )
    return refund


def _stand_in(session: Session, line: Line, ours: Ours, capture: LedgerEntry, *, act: Act) -> Refund | None:
    """None when more was given back than is left of the capture."""
    fils = line.posting.amount.fils
    _make_room(session, capture, fils, act=act)
    if left_fils(session, capture, counting=COUNTED) < fils:
        return None
    refund = Refund(
        created_at=act.at,
        order_id=ours[0].id,
        attempt_id=ours[1].id,
        capture_entry_id=capture.id,
        amount_fils=fils,
        reason="made at the bank, not by us",
        requested_by=BANK_ACTOR,
        submitted_at=act.at,
        tranid=line.posting.tranid or None,
    )
    way = (RefundEvent.APPROVE, RefundEvent.SUBMIT, RefundEvent.SUCCEED)
    moments = [act.at + timedelta(microseconds=nth) for nth in range(len(way))]  # history has an order
    steps = [refund.apply(event, replace(act, at=at)) for event, at in zip(way, moments, strict=True)]
    session.add_all([refund, *steps])
    session.flush()
    book_refund(session, refund, booked_on=line.posting.posted_on, act=act)
    return refund


def _make_room(session: Session, capture: LedgerEntry, fils: int, *, act: Act) -> None:
    """What was asked for and not sent yet is not sent any more, as far as the same money has gone already."""
    why = replace(act, reason="the bank has returned this money itself")
    for refund in all_of(session, Refund, capture_entry_id=capture.id):
        if refund.state in _NOT_SENT and left_fils(session, capture, counting=COUNTED) < fils:
            session.add(refund.apply(RefundEvent.REJECT, why))
            refund.due_at = None
            session.flush()


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), KUWAIT)

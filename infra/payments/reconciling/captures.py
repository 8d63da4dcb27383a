"""What follows from a capture, or from a capture that was taken back, in the bank's file."""

from dataclasses import replace

from sqlmodel import Session

from infra.clock import written_day
from infra.payments.booking import captures_of
from infra.payments.following import follow
from infra.payments.reconciling.books import book_payout, book_unowned, book_unowned_reversal
from infra.payments.reconciling.line import Line
from infra.payments.reconciling.matching import is_another_payment
from infra.payments.recording import known_of, record_answer
from infra.payments.reviews import close_healed, open_item, open_review
from models.history import Act
from models.payments.attempt import AttemptEvent, AttemptState, PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.decision import Decision
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.ledger import LedgerAccount
from models.payments.order import PaymentOrder
from models.payments.review import ReviewKind
from models.payments.settlement_file import LineClass

Ours = tuple[PaymentOrder, PaymentAttempt]
"""Both held."""


def take_capture(session: Session, line: Line, ours: Ours | None, *, act: Act, terms: PaymentTerms) -> LineClass:
    """The bank has the money: it pays what it was for, waits for its owner, or goes back; and it is paid out to us."""
    found = _class_of_capture(session, line, ours, act=act, terms=terms)
    book_payout(session, line, order_id=ours[0].id if ours else None, act=act)
    if ours:
        _is_shown(session, ours, act=act)
    return found


def take_reversal(session: Session, line: Line, ours: Ours | None, *, act: Act, terms: PaymentTerms) -> LineClass:
    """It is not paid out; what was booked of it is booked back, and its receipt revoked. A part of it is a question."""
    if ours is None:
        book_unowned_reversal(session, line, act=act)
        open_review(session, ReviewKind.UNKNOWN_PAYMENT, subject=line.name, act=act, note=line.note)
        return LineClass.UNKNOWN_PAYMENT
    order, attempt = ours
    taken = attempt.captured_fils or attempt.amount_fils
    if is_another_payment(attempt, line.posting) or line.posting.amount.fils != taken:
        return contradicts(session, line, ours, act=act, note=_both(line, attempt))
    _record(session, line, ours, act=act, terms=terms)
    _is_shown(session, (order, attempt), act=act)
    return LineClass.REVERSED


def _class_of_capture(session: Session, line: Line, ours: Ours | None, *, act: Act, terms: PaymentTerms) -> LineClass:
    if ours is None:
        book_unowned(session, line, order_id=None, act=act)
        open_review(session, ReviewKind.UNKNOWN_PAYMENT, subject=line.name, act=act, note=line.note)
        return LineClass.UNKNOWN_PAYMENT
    order, attempt = ours
    if is_another_payment(attempt, line.posting):
        book_unowned(session, line, order_id=order.id, act=act)
        return contradicts(session, line, ours, act=act, note=_both(line, attempt))
    if attempt.state is AttemptState.CAPTURED and attempt.amount_fils == line.posting.amount.fils:
        attempt.decided_by = EvidenceKind.SETTLEMENT_LINE  # from now on no inquiry undoes it
        return LineClass.MATCHED
    decision = _record(session, line, ours, act=act, terms=terms)
    found = _class_of_decision(session, line, attempt, decision)
    if found is LineClass.AMOUNT_DIFFERS and decision.review is None:
        contradicts(
            session, line, ours, act=act, note=_both(line, attempt)
        )  # what was booked was another sum, by a weaker word
    return found


def _class_of_decision(session: Session, line: Line, attempt: PaymentAttempt, decision: Decision) -> LineClass:
    if decision.event is AttemptEvent.CAPTURE:
        surplus = any(each.credit is LedgerAccount.SUSPENSE for each in captures_of(session, attempt))
        return LineClass.SURPLUS if surplus else LineClass.LATE_CAPTURE
    if attempt.captured_fils != line.posting.amount.fils or decision.event is AttemptEvent.MISMATCH:
        return LineClass.AMOUNT_DIFFERS
    return LineClass.CONTRADICTION if decision.review is not None else LineClass.MATCHED


def undo_wrong_sum(session: Session, line: Line, ours: Ours, *, act: Act, terms: PaymentTerms) -> None:
    """What an earlier file said was captured was not: booked back, with its refund, as if it had never come."""
    order, attempt = ours
    record_answer(
        session,
        order,
        attempt,
        evidence=replace(line.evidence(attempt), outcome=EvidenceOutcome.VOIDED),
        kind=EvidenceKind.SETTLEMENT_LINE,
        asked_at=act.at,
        act=replace(act, reason="the bank's later file shows another sum"),
        terms=terms,
    )
    attempt.captured_at = attempt.captured_fils = None
    session.flush()


def _record(session: Session, line: Line, ours: Ours, *, act: Act, terms: PaymentTerms) -> Decision:
    """Where the line stands is added to the question that comes of it."""
    order, attempt = ours
    decision = record_answer(
        session,
        order,
        attempt,
        evidence=line.evidence(attempt),
        kind=EvidenceKind.SETTLEMENT_LINE,
        asked_at=act.at,
        act=act,
        terms=terms,
    )
    item = open_item(session, decision.review, subject=str(attempt.id)) if decision.review else None
    if item is not None and item.evidence_id == act.evidence_id:
        item.note = ": ".join(filter(None, (line.note, item.note)))
    return decision


def contradicts(session: Session, line: Line, ours: Ours, *, act: Act, note: str) -> LineClass:
    """Staff find out what the bank really took, and for whom."""
    order, attempt = ours
    open_review(session, ReviewKind.CONTRADICTION, subject=line.name, attempt=attempt, act=act, note=note)
    follow(session, order, act=act)
    return LineClass.CONTRADICTION


def _both(line: Line, attempt: PaymentAttempt) -> str:
    """Where the line stands, what it says, and what was known."""
    said = line.posting
    day = written_day(said.posted_on)
    return f"{line.note}: the bank's file says {said.kind} (KD {said.amount}, {day}); {known_of(attempt)}"


def _is_shown(session: Session, ours: Ours, *, act: Act) -> None:
    """The bank's file answers the question why it did not show the payment."""
    order, attempt = ours
    if open_item(session, ReviewKind.NOT_SETTLED, subject=str(attempt.id)) is not None:
        close_healed(session, ReviewKind.NOT_SETTLED, subject=str(attempt.id), act=act)
        follow(session, order, act=act)

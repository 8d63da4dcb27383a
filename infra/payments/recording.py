"""Recording evidence: the decision is carried out on attempt, books, work list, order and cases, in one commit."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.gateway import Evidence
from infra.gateway.postdate import infer_postdate
from infra.payments.booking import book_capture, book_mismatch, book_reversal, took_back_only_surplus
from infra.payments.following import follow
from infra.payments.refund_requests import return_cancelled
from infra.payments.reviews import close_healed, open_review, was_weighed
from infra.payments.starting import another_is_live
from models.history import Act
from models.money import Money
from models.payments.attempt import LIVE, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.checks import LOOKING_BACK, PaymentTerms, closes_at, is_on_schedule, next_check
from models.payments.decision import Answer, Decision, Effect, decide, is_stale
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.order import PaymentOrder
from models.payments.review import ReviewKind

_AGAIN: Final = timedelta(minutes=5)
_CLOCKS_DIFFER: Final = timedelta(minutes=5)
"""Those of two workers, at most: a question that was asked later than that from now was asked by a wrong clock."""

_WAYS: Final = {
    EvidenceKind.ERROR_RETURN: "payer's browser",
    EvidenceKind.CALLBACK: "gateway's message",
    EvidenceKind.REFUND_REPLY: "reply to a refund",
    EvidenceKind.INQUIRY: "gateway's answer to our question",
    EvidenceKind.OPERATOR: "word of two persons",
    EvidenceKind.SETTLEMENT_LINE: "bank's file",
}
_NOT_TAKEN: Final = frozenset({EvidenceOutcome.DECLINED, EvidenceOutcome.CANCELLED, EvidenceOutcome.VOIDED})


def record_answer(
    session: Session,
    order: PaymentOrder,
    attempt: PaymentAttempt,
    *,
    evidence: Evidence,
    kind: EvidenceKind,
    asked_at: datetime,
    act: Act,
    terms: PaymentTerms,
) -> Decision:
    """What the evidence decides, carried out. Both rows are held; `act` names the stored evidence.

    An answer that is older than one that counted changes nothing at all: it is evidence, and no more.
    """
    if attempt.asked_at is not None and attempt.asked_at > act.at + _CLOCKS_DIFFER:
        attempt.asked_at = None
    answer = Answer(
        kind=kind,
        outcome=evidence.outcome,
        trackid=evidence.trackid,
        amount_fils=evidence.amount.fils if evidence.amount else None,
        asked_at=asked_at,
    )
    if is_stale(attempt, answer):
        return Decision()
    decision = _hold(session, attempt, decide(attempt, answer, now=act.at, terms=terms), act=act)
    if decision.event is not None:
        session.add(attempt.apply(decision.event, act))
        attempt.decided_by = kind
    _take_over(attempt, evidence, answer, decision, act=act, terms=terms)
    session.flush()
    _book(session, order, attempt, decision, act=act, terms=terms)
    decision = _questions(session, attempt, decision, answer, act=act)
    if kind is EvidenceKind.INQUIRY and is_on_schedule(attempt, now=act.at):
        attempt.checks_done += 1
    attempt.next_check_at = _next_check(attempt, evidence, act=act, terms=terms)
    follow(session, order, act=act)
    return decision


def _hold(session: Session, attempt: PaymentAttempt, decision: Decision, *, act: Act) -> Decision:
    """While another attempt of the order is open, a settled one is held where it stands, and asked about again."""
    if decision.event is not AttemptEvent.HOLD_CAPTURE:
        return decision
    attempt.held_since = attempt.held_since or act.at
    return replace(decision, event=None) if another_is_live(session, attempt) else decision


def _questions(session: Session, attempt: PaymentAttempt, decision: Decision, answer: Answer, *, act: Act) -> Decision:
    """What staff are asked now, and what they need not be asked any more.

    The bank took back what paid nothing, before we returned it: all is as it should be, and nobody is asked.
    """
    if decision.review is ReviewKind.REVERSED and took_back_only_surplus(session, attempt):
        decision = replace(decision, review=None)
    if decision.review is ReviewKind.CONTRADICTION and was_weighed(session, attempt, act.evidence_id):
        decision = replace(decision, review=None)
    if decision.review is not None:
        note = _note(attempt, decision.review, answer)
        open_review(session, decision.review, subject=str(attempt.id), attempt=attempt, act=act, note=note)
    if attempt.state not in LIVE:
        close_healed(session, ReviewKind.UNKNOWN_OUTCOME, subject=str(attempt.id), act=act)
    if attempt.state is AttemptState.VOIDED:
        close_healed(session, ReviewKind.NOT_SETTLED, subject=str(attempt.id), act=act)
    return decision


def _note(attempt: PaymentAttempt, review: ReviewKind, answer: Answer) -> str:
    if review is ReviewKind.MISMATCH and attempt.captured_fils is None:
        return "in another currency: nothing is booked, and nothing goes back by itself"
    if review is ReviewKind.MISMATCH:
        return f"asked for KD {Money(attempt.amount_fils)}, taken KD {Money(attempt.captured_fils or 0)}"
    if review is not ReviewKind.CONTRADICTION:
        return ""
    amount = f" (KD {Money(answer.amount_fils)})" if answer.amount_fils is not None else ""
    return f"the {_WAYS[answer.kind]} says {answer.outcome}{amount}; {known_of(attempt)}"


def known_of(attempt: PaymentAttempt) -> str:
    """What was known of it before another answer came, as staff read it."""
    amount = f" (KD {Money(attempt.captured_fils)})" if attempt.captured_fils is not None else ""
    way = f" by the {_WAYS[attempt.decided_by]}" if attempt.decided_by else ""
    return f"our books say {attempt.state}{amount}{way}; asked for were KD {Money(attempt.amount_fils)}"


def _next_check(attempt: PaymentAttempt, evidence: Evidence, *, act: Act, terms: PaymentTerms) -> datetime | None:
    """Who was told of a capture and then heard nothing has not asked yet, also of what seemed settled."""
    planned = next_check(attempt, now=act.at, terms=terms)
    told = attempt.acknowledged_at is not None and act.at < attempt.acknowledged_at + LOOKING_BACK
    if attempt.state in LIVE or not told or evidence.outcome is not EvidenceOutcome.TRANSPORT_ERROR:
        return planned
    return min(planned or act.at + _AGAIN, act.at + _AGAIN)


def _book(
    session: Session,
    order: PaymentOrder,
    attempt: PaymentAttempt,
    decision: Decision,
    *,
    act: Act,
    terms: PaymentTerms,
) -> None:
    if Effect.BOOK_CAPTURE in decision.effects:
        book_capture(session, order, attempt, act=act, terms=terms)
        return_cancelled(session, order, act=act)
    if Effect.BOOK_MISMATCH in decision.effects:
        book_mismatch(session, order, attempt, act=act, terms=terms)
    if Effect.BOOK_REVERSAL in decision.effects:
        book_reversal(session, order, attempt, act=act)


def _take_over(
    attempt: PaymentAttempt,
    evidence: Evidence,
    answer: Answer,
    decision: Decision,
    *,
    act: Act,
    terms: PaymentTerms,
) -> None:
    """The gateway's numbers, and since when what it says holds; those of somebody else's payment are not ours."""
    is_booked = attempt.captured_at is not None
    if decision.event in {AttemptEvent.CAPTURE, AttemptEvent.MISMATCH}:
        attempt.captured_at, attempt.captured_fils = act.at, answer.amount_fils
    if answer.kind is EvidenceKind.INQUIRY and (attempt.asked_at is None or attempt.asked_at < answer.asked_at):
        attempt.asked_at = answer.asked_at
    if evidence.trackid != attempt.trackid:
        return
    if evidence.outcome is EvidenceOutcome.NOT_FOUND:
        if closes_at(attempt, terms=terms) <= act.at:  # before, the payer may only be on the way
            attempt.not_found_since = attempt.not_found_since or act.at
        return
    if evidence.outcome is not EvidenceOutcome.TRANSPORT_ERROR:
        attempt.not_found_since = None
    _take_numbers(attempt, evidence, is_booked=is_booked)
    if evidence.outcome in _NOT_TAKEN:
        attempt.held_since = None  # a capture after this is another one, to be confirmed by itself


def _take_numbers(attempt: PaymentAttempt, evidence: Evidence, *, is_booked: bool) -> None:
    """Its money is booked under the numbers that it had then: another one that comes later is not taken over."""
    for name in ("paymentid", "tranid", "ref", "auth"):
        known, said = getattr(attempt, name), getattr(evidence, name)
        setattr(attempt, name, (known or said or None) if is_booked else (said or known))
    if evidence.postdate and not (is_booked and attempt.postdate):
        attempt.postdate = infer_postdate(evidence.postdate, near=kuwait_date(attempt.created_at))

"""A line that says otherwise than one that is booked: which of the two counts, and what is booked back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlmodel import Session, col, select

from infra.database import all_of, fetch, locked
from infra.payments.booking import captures_of
from infra.payments.following import follow
from infra.payments.reconciling.books import book_back, book_back_fee, counting_payouts
from infra.payments.reconciling.captures import Ours, contradicts, undo_wrong_sum
from infra.payments.reconciling.line import Line
from infra.payments.reconciling.matching import is_another_payment
from infra.payments.reconciling.refunds import take_back_refund
from infra.payments.reviews import close_healed, open_review
from models.history import Act
from models.money import Money
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.evidence import EvidenceKind
from models.payments.ledger import LedgerEntry, LedgerKind
from models.payments.posting import PostingKind
from models.payments.refund import Refund, RefundState
from models.payments.review import ReviewItem, ReviewKind
from models.payments.settlement_file import LineClass, SettlementFile, SettlementLine

_UNOWNED: Final = frozenset({LineClass.UNKNOWN_PAYMENT, LineClass.CONTRADICTION})
_ANSWERED: Final = frozenset(
    {ReviewKind.CONTRADICTION, ReviewKind.UNKNOWN_PAYMENT, ReviewKind.EXTERNAL_REFUND, ReviewKind.MISMATCH}
)


@dataclass(frozen=True, slots=True)
class About:
    """The payment and the refund that a line is about, both held."""

    ours: Ours | None = None
    refund: Refund | None = None


def counted(session: Session, earlier: Sequence[SettlementLine]) -> SettlementLine | None:
    """The one of the same lines that is booked now."""
    payouts = counting_payouts(session, [each.evidence_id for each in earlier]) if earlier else {}
    return next((each for each in earlier if each.evidence_id in payouts), None)


def is_known(line: Line, earlier: Sequence[SettlementLine]) -> bool:
    return any(each.amount_fils == line.posting.amount.fils for each in earlier)


def says_the_same(line: Line, booked: SettlementLine) -> bool:
    said = line.posting
    return (booked.amount_fils, booked.fee_fils) == (said.amount.fils, said.fee.fils)


def outweighs(session: Session, line: Line, booked: SettlementLine, about: About) -> bool:
    """Whether the line counts instead: what agrees with our books, then whose file adds up, then what came last."""
    if booked.amount_fils != line.posting.amount.fils:
        before, now = _agree(line, booked, about)
        if before is not now:
            return now
    doubted = bool(all_of(session, ReviewItem, kind=ReviewKind.TOTALS_DIFFER, subject=str(booked.file_id)))
    return doubted or not line.doubted


def stands_against(
    session: Session,
    line: Line,
    booked: SettlementLine,
    earlier: Sequence[SettlementLine],
    *,
    ours: Ours | None,
    act: Act,
) -> LineClass:
    """The line is not booked. Of another amount staff are asked, once."""
    if is_known(line, earlier):
        return LineClass.DUPLICATE
    file = fetch(session, SettlementFile, booked.file_id)
    other = f"booked is {Money(booked.amount_fils)} of {file.name}, line {booked.number}"
    note = f"{line.note}: the bank's file says {line.posting.amount}; {other}"
    if ours:
        contradicts(session, line, ours, act=act, note=note)
    else:
        open_review(session, ReviewKind.UNKNOWN_PAYMENT, subject=line.name, act=act, note=note)
    return LineClass.AMOUNT_DIFFERS


def take_back(
    session: Session, line: Line, booked: SettlementLine, ours: Ours | None, *, act: Act, terms: PaymentTerms
) -> None:
    """What was booked of the earlier line is booked back, each entry once; of another fee, payout and fee alone."""
    for entry in all_of(session, LedgerEntry, evidence_id=booked.evidence_id, kind=LedgerKind.SETTLEMENT):
        book_back(session, line, entry, act=act)
    book_back_fee(session, line, booked, act=act)
    if booked.amount_fils == line.posting.amount.fils:
        return
    if booked.refund_id is not None:
        take_back_refund(session, locked(session, Refund, booked.refund_id), act=act)
    elif booked.line_class in _UNOWNED or booked.kind is PostingKind.REFUND:
        for kind in (LedgerKind.CAPTURE, LedgerKind.REFUND):
            for entry in all_of(session, LedgerEntry, evidence_id=booked.evidence_id, kind=kind):
                book_back(session, line, entry, act=act)
    elif ours and _is_told_by_a_file(ours[1]):
        _undo(session, line, ours, act=act, terms=terms)


def answer_questions(
    session: Session, line: Line, earlier: Sequence[SettlementLine], ours: Ours | None, *, act: Act
) -> None:
    """The bank's file settles what its other sums left open; a wrong sum only once the right one is booked."""
    others = [each.evidence_id for each in earlier if each.amount_fils != line.posting.amount.fils]
    if not others:
        return
    query = select(ReviewItem).where(
        col(ReviewItem.evidence_id).in_(others),
        col(ReviewItem.kind).in_(_ANSWERED),
        col(ReviewItem.resolved_at).is_(None),
    )
    for item in session.exec(query).all():
        if item.kind is ReviewKind.MISMATCH and ours and ours[1].state is not AttemptState.CAPTURED:
            continue
        close_healed(session, item.kind, subject=item.subject, act=act)
    if ours:
        follow(session, ours[0], act=act)


def _agree(line: Line, booked: SettlementLine, about: About) -> tuple[bool, bool]:
    """Whether the earlier line, and this one, say what our own books say."""
    if line.posting.kind is PostingKind.REFUND:
        return booked.line_class is LineClass.MATCHED_REFUND, about.refund is not None
    if about.ours is None or is_another_payment(about.ours[1], line.posting):
        return False, False
    attempt = about.ours[1]
    believed = attempt.amount_fils if _is_told_by_a_file(attempt) else attempt.captured_fils
    return booked.amount_fils == believed, line.posting.amount.fils == believed


def _is_told_by_a_file(attempt: PaymentAttempt) -> bool:
    """That another sum was taken than was asked for: nobody but the bank's file said so."""
    return attempt.state is AttemptState.MISMATCH and attempt.decided_by is EvidenceKind.SETTLEMENT_LINE


def _undo(session: Session, line: Line, ours: Ours, *, act: Act, terms: PaymentTerms) -> None:
    """Only while no refund of the wrong sum went out, or may have."""
    sent = {RefundState.SUBMITTING, RefundState.UNKNOWN, RefundState.SUCCEEDED}
    captures = captures_of(session, ours[1])
    refunds = [each for entry in captures for each in all_of(session, Refund, capture_entry_id=entry.id)]
    if line.posting.amount.fils == ours[1].amount_fils and not any(each.state in sent for each in refunds):
        undo_wrong_sum(session, line, ours, act=act, terms=terms)

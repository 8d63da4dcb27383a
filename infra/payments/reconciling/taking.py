"""Taking in one line: its evidence first, then what follows, in one transaction under the order's lock."""

from uuid import UUID

from sqlmodel import Session, func, select

from infra.database import fetch, locked, unit_of_work
from infra.payments.evidence_box import keep_evidence
from infra.payments.reconciling.books import book_payout
from infra.payments.reconciling.captures import take_capture, take_reversal
from infra.payments.reconciling.correcting import (
    About,
    answer_questions,
    counted,
    is_known,
    outweighs,
    says_the_same,
    stands_against,
    take_back,
)
from infra.payments.reconciling.line import Line
from infra.payments.reconciling.matching import find_attempt, find_refund, same_lines
from infra.payments.reconciling.refunds import take_refund
from infra.wiring import Ports
from models.history import Act
from models.payments.attempt import PaymentAttempt
from models.payments.checks import PaymentTerms
from models.payments.evidence import EvidenceKind
from models.payments.order import PaymentOrder
from models.payments.posting import PostingKind
from models.payments.refund import Refund
from models.payments.settlement_file import LineClass, SettlementLine


def take_line(ports: Ports, line: Line, *, actor: str) -> None:
    """Safe to repeat, and for two to do at once: the line's evidence is kept once, and whoever comes later stops."""
    now = ports.now()
    gateway = line.file.gateway
    with unit_of_work(ports.engine) as session:
        one_import_at_a_time(session, gateway)
        about = _hold(session, line)
        attempt = about.ours[1] if about.ours else None
        kept = keep_evidence(
            session,
            line.evidence(attempt),
            kind=EvidenceKind.SETTLEMENT_LINE,
            raw=line.raw,
            now=now,
            gateway=gateway,
            attempt=attempt,
        )
        if kept is None:
            return
        act = Act(actor=actor, at=now, evidence_id=kept.id)
        found, refund = _follow(session, line, about, act=act, terms=ports.terms_of(gateway))
        session.add(_row(line, found, attempt=attempt, refund=refund, act=act, evidence_id=kept.id))


def one_import_at_a_time(session: Session, gateway: str) -> None:
    """Until the transaction ends: lines of one gateway that name the same money wait for each other."""
    session.exec(select(func.pg_advisory_xact_lock(func.hashtextextended(f"settlement:{gateway}", 0)))).one()


def _hold(session: Session, line: Line) -> About:
    """The order is held first, as everywhere."""
    gateway, said = line.file.gateway, line.posting
    attempt = find_attempt(session, gateway, said)
    refund = find_refund(session, gateway, attempt, said) if said.kind is PostingKind.REFUND else None
    if attempt is None and refund is not None:
        attempt = fetch(session, PaymentAttempt, refund.attempt_id)
    if attempt is None:
        return About()
    order = locked(session, PaymentOrder, attempt.order_id)
    held = locked(session, PaymentAttempt, attempt.id)
    return About((order, held), locked(session, Refund, refund.id) if refund else None)


def _follow(
    session: Session, line: Line, about: About, *, act: Act, terms: PaymentTerms
) -> tuple[LineClass, Refund | None]:
    """A line of one payment and kind is booked once: where another one of it is booked, one of the two counts."""
    earlier = same_lines(session, line, about.ours[1] if about.ours else None)
    booked = counted(session, earlier)
    if booked is None:
        known = is_known(line, earlier)
        return (LineClass.DUPLICATE, None) if known else _take(session, line, about, act=act, terms=terms)
    if says_the_same(line, booked):
        answer_questions(session, line, earlier, about.ours, act=act)
        return LineClass.DUPLICATE, None
    if not outweighs(session, line, booked, about):
        return stands_against(session, line, booked, earlier, ours=about.ours, act=act), None
    take_back(session, line, booked, about.ours, act=act, terms=terms)
    if booked.amount_fils == line.posting.amount.fils:  # its fee is another one
        book_payout(session, line, order_id=about.ours[0].id if about.ours else None, act=act)
        return LineClass.DUPLICATE, None
    answer_questions(session, line, earlier, about.ours, act=act)
    found = _take(session, line, about, act=act, terms=terms)
    answer_questions(session, line, earlier, about.ours, act=act)
    return found


def _take(
    session: Session, line: Line, about: About, *, act: Act, terms: PaymentTerms
) -> tuple[LineClass, Refund | None]:
    if line.posting.kind is PostingKind.REFUND:
        return take_refund(session, line, about.ours, about.refund, act=act)
    take = take_capture if line.posting.kind is PostingKind.CAPTURE else take_reversal
    return take(session, line, about.ours, act=act, terms=terms), None


def _row(
    line: Line,
    found: LineClass,
    *,
    attempt: PaymentAttempt | None,
    refund: Refund | None,
    act: Act,
    evidence_id: UUID,
) -> SettlementLine:
    said = line.posting
    return SettlementLine(
        created_at=act.at,
        file_id=line.file.id,
        number=line.number,
        line_class=found,
        kind=said.kind,
        posted_on=said.posted_on,
        trackid=said.trackid,
        paymentid=said.paymentid,
        tranid=said.tranid,
        ref=said.ref,
        amount_fils=said.amount.fils,
        fee_fils=said.fee.fils,
        attempt_id=attempt.id if attempt else None,
        refund_id=refund.id if refund else None,
        evidence_id=evidence_id,
    )

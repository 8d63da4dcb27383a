"""Settling an attempt: ask the gateway, then record what follows for attempt, order, ledger and cases."""

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from infra.clock import kuwait_date
from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import Evidence
from infra.gateway.postdate import infer_postdate
from infra.payments.orders import wake
from infra.payments.hearing import first_case, keep_evidence, payment_request
from infra.wiring import Ports
from models.payments.attempt import AttemptEvent, AttemptState, PaymentAttempt
from models.case import CASE, Case, CaseEvent, CaseStatus
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.history import Act
from models.payments.ledger import LedgerAccount, LedgerEntry, LedgerKind
from models.payments.order import ORDER, OrderEvent, OrderLine, OrderStatus, PaymentOrder
from models.payments.decision import Answer, PaymentTerms, closes_at, decide, next_check

_REOPENS = frozenset({AttemptEvent.DECLINE, AttemptEvent.CANCEL, AttemptEvent.ABANDON, AttemptEvent.VOID})


def settle(ports: Ports, attempt_id: UUID, *, actor: str, running: UUID | None = None) -> AttemptState:
    """Ask about one attempt and record the answer.

    Safe to repeat: asking changes nothing at the gateway, and the record is written under the attempt's lock
    against the state found there. `running` is the case whose run does this; the others are woken when the
    order is paid or goes to review.
    """
    with unit_of_work(ports.engine) as session:
        attempt = fetch(session, PaymentAttempt, attempt_id)
        request = payment_request(session, attempt, ports=ports)
    evidence = ports.gateway.inquire(request)
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        order = locked(session, PaymentOrder, attempt.order_id)
        attempt = locked(session, PaymentAttempt, attempt_id)
        row = keep_evidence(
            session,
            evidence,
            kind=EvidenceKind.INQUIRY,
            raw=evidence.raw or evidence.result_text.encode(),
            now=now,
            gateway=attempt.gateway,
            attempt=attempt,
        )
        if row is None:
            return attempt.state
        act = Act(actor=actor, at=now, evidence_id=row.id)
        event = _record_answer(session, attempt, evidence, act=act, ports=ports)
        _record_order(session, order, attempt, event, evidence=row, act=act, running=running)
        if attempt.next_check_at is not None and attempt.next_check_at > now:
            session.add(wake(first_case(session, order.id), now=now, due_at=attempt.next_check_at))
        return attempt.state


def _record_answer(
    session: Session, attempt: PaymentAttempt, evidence: Evidence, *, act: Act, ports: Ports
) -> AttemptEvent | None:
    answer = Answer(
        outcome=evidence.outcome,
        trackid=evidence.trackid,
        amount_fils=evidence.amount.fils if evidence.amount else None,
    )
    event = decide(attempt, answer, now=act.at, terms=ports.terms)
    if event is not None:
        session.add(attempt.apply(event, act))
    _take_over(attempt, evidence, event=event, at=act.at, terms=ports.terms)
    attempt.checks_done += 1
    attempt.next_check_at = next_check(attempt, now=act.at, terms=ports.terms)
    return event


def _take_over(
    attempt: PaymentAttempt, evidence: Evidence, *, event: AttemptEvent | None, at: datetime, terms: PaymentTerms
) -> None:
    """The gateway's numbers, and since when what it says holds; those of somebody else's payment are not ours."""
    if evidence.trackid != attempt.trackid:
        return
    if evidence.outcome is EvidenceOutcome.NOT_FOUND:
        if closes_at(attempt, terms=terms) <= at:  # before, the payer may only be on the way
            attempt.not_found_since = attempt.not_found_since or at
        return
    if evidence.outcome is not EvidenceOutcome.TRANSPORT_ERROR:
        attempt.not_found_since = None
    attempt.paymentid = evidence.paymentid or attempt.paymentid
    attempt.tranid = evidence.tranid or attempt.tranid
    attempt.ref = evidence.ref or attempt.ref
    attempt.auth = evidence.auth or attempt.auth
    if evidence.postdate:
        attempt.postdate = infer_postdate(evidence.postdate, near=kuwait_date(attempt.created_at))
    if event is AttemptEvent.HOLD_CAPTURE:
        attempt.held_since = attempt.held_since or at
    if event is AttemptEvent.CAPTURE:
        attempt.captured_at = at


def _record_order(
    session: Session,
    order: PaymentOrder,
    attempt: PaymentAttempt,
    event: AttemptEvent | None,
    *,
    evidence: GatewayEvidence,
    act: Act,
    running: UUID | None,
) -> None:
    """What happened to the attempt now, not what state it is in: another attempt may have the order by now."""
    before = order.status
    if event is AttemptEvent.CAPTURE:
        _record_capture(session, order, attempt, evidence=evidence, act=act)
    elif event is AttemptEvent.VOID and attempt.captured_at is not None:
        _record_reversal(session, order, attempt, evidence=evidence, act=act)
    elif event is AttemptEvent.MISMATCH:
        _move_order(session, order, OrderEvent.REVIEW, act)
    elif event in _REOPENS and order.status is OrderStatus.IN_PROGRESS:
        _move_order(session, order, OrderEvent.REOPEN, act)
    if order.status is not before:
        _move_cases(session, order, act=act, running=running, reversal=event is AttemptEvent.VOID)


def _move_order(session: Session, order: PaymentOrder, event: OrderEvent, act: Act) -> None:
    if ORDER.allows(order.status, event):
        session.add(order.apply(event, act))


def _record_capture(
    session: Session, order: PaymentOrder, attempt: PaymentAttempt, *, evidence: GatewayEvidence, act: Act
) -> None:
    """Money that pays the order goes to ORDERS; money that came when nothing was owed waits in SUSPENSE, for staff."""
    reference = attempt.tranid or attempt.trackid
    known = all_of(session, LedgerEntry, kind=LedgerKind.CAPTURE, gateway=attempt.gateway, gateway_ref=reference)
    paid = all_of(session, LedgerEntry, order_id=order.id, kind=LedgerKind.CAPTURE, credit=LedgerAccount.ORDERS)
    pays = ORDER.allows(order.status, OrderEvent.PAY) and not paid and not known
    entry = _entry(order, attempt, LedgerKind.CAPTURE, evidence=evidence, act=act)
    entry.debit, entry.credit = LedgerAccount.GATEWAY, LedgerAccount.ORDERS if pays else LedgerAccount.SUSPENSE
    if known:  # the gateway gave one number to two payments: whose it is, staff find out
        entry.gateway_ref = attempt.trackid
    session.add(entry)
    _move_order(session, order, OrderEvent.PAY if pays else OrderEvent.REVIEW, act)


def _record_reversal(
    session: Session, order: PaymentOrder, attempt: PaymentAttempt, *, evidence: GatewayEvidence, act: Act
) -> None:
    """Money that the gateway took back leaves the account that it was booked to."""
    references = [attempt.tranid or attempt.trackid, attempt.trackid]
    captures = all_of(session, LedgerEntry, order_id=order.id, kind=LedgerKind.CAPTURE)
    for capture in [each for each in captures if each.gateway_ref in references]:
        entry = _entry(order, attempt, LedgerKind.VOID, evidence=evidence, act=act)
        entry.debit, entry.credit, entry.gateway_ref = capture.credit, LedgerAccount.GATEWAY, capture.gateway_ref
        session.add(entry)
    _move_order(session, order, OrderEvent.REVIEW, act)


def _entry(
    order: PaymentOrder, attempt: PaymentAttempt, kind: LedgerKind, *, evidence: GatewayEvidence, act: Act
) -> LedgerEntry:
    return LedgerEntry(
        created_at=act.at,
        order_id=order.id,
        kind=kind,
        debit=LedgerAccount.GATEWAY,
        credit=LedgerAccount.SUSPENSE,
        amount_fils=attempt.amount_fils,
        gateway=attempt.gateway,
        gateway_ref=attempt.tranid or attempt.trackid,
        evidence_id=evidence.id,
    )


def _move_cases(session: Session, order: PaymentOrder, *, act: Act, running: UUID | None, reversal: bool) -> None:
    """A surplus stops no case that is paid already; a reversal stops every case that it paid for."""
    event = {OrderStatus.PAID: CaseEvent.PAY, OrderStatus.REVIEW: CaseEvent.REVIEW_PAYMENT}.get(order.status)
    if event is None:
        return
    for line in sorted(all_of(session, OrderLine, order_id=order.id), key=lambda line: line.case_id):
        case = locked(session, Case, line.case_id)
        stops = reversal or event is CaseEvent.PAY or case.status is CaseStatus.AWAITING_PAYMENT
        if stops and CASE.allows(case.status, event):
            session.add(case.apply(event, act))
            if case.id != running:
                session.add(wake(case, now=act.at))

"""Resolutions by two persons: what the bank's own papers show, where no gateway says what became of money."""

import json
from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlmodel import Session

from infra.database import all_of, fetch, locked, unit_of_work
from infra.gateway import Evidence
from infra.payments.booking import left_fils
from infra.payments.evidence_box import keep_evidence
from infra.payments.following import follow
from infra.payments.recording import record_answer
from infra.payments.refunding import reject, succeed
from infra.payments.short_ids import id_called
from infra.wiring import Ports
from models.errors import InputError, MissingError, RuleError
from models.history import Act, is_same_person
from models.money import Money
from models.payments.attempt import LIVE, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.payments.ledger import LedgerEntry
from models.payments.order import PaymentOrder
from models.payments.refund import Refund, RefundState
from models.payments.resolution import Resolution, Verdict

_V, _O = Verdict, EvidenceOutcome

_SAYS: Final[Mapping[Verdict, EvidenceOutcome]] = {
    _V.CAPTURED: _O.CAPTURED,
    _V.DECLINED: _O.DECLINED,
    _V.VOIDED: _O.VOIDED,
    _V.REFUND_EXECUTED: _O.REFUNDED,
    _V.REFUND_NOT_EXECUTED: _O.DECLINED,
}
_OF_REFUNDS: Final = frozenset({_V.REFUND_EXECUTED, _V.REFUND_NOT_EXECUTED})
_Subject = PaymentAttempt | Refund


def request_resolution(ports: Ports, called: str, *, verdict: Verdict, reason: str, evidence: str, actor: str) -> UUID:
    """Say what became of an attempt (by its track id) or of a refund (by its id); the resolution's id.

    Nothing follows until another person approves it. `evidence` is where it was seen. RuleError when the money's fate
    is not open, or when somebody asked already; what was asked before the thing moved gives way.
    """
    for field, text in (("reason", reason), ("evidence", evidence)):
        if not text.strip():
            raise InputError(field, "say in a sentence what was seen, and where")
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        subject = _held(session, _subject_called(session, called, verdict=verdict))
        _require_open(subject)
        _require_left(session, subject, verdict)
        for other in _open_resolutions(session, subject):
            if other.snapshot == subject.version:
                raise RuleError(f"a resolution is asked for already: {other.id}, by {other.requested_by}")
            other.withdrawn_at = now
            session.flush()
        made = Resolution(
            created_at=now,
            attempt_id=subject.id if isinstance(subject, PaymentAttempt) else None,
            refund_id=subject.id if isinstance(subject, Refund) else None,
            verdict=verdict,
            reason=reason,
            evidence=evidence,
            snapshot=subject.version,
            requested_by=actor,
        )
        session.add(made)
        return made.id


def approve_resolution(ports: Ports, resolution_id: UUID, *, actor: str) -> str:
    """The second person's yes, carried out at once as evidence of two persons; the state that it led to.

    RuleError for the person who asked, and when the thing moved since: then both look again.
    """
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        found = fetch(session, Resolution, resolution_id)
        subject = _held(session, _subject(session, found))
        resolution = _open(session, resolution_id)
        if is_same_person(resolution.requested_by, actor):
            raise RuleError("a resolution is approved by another person than the one who asked for it")
        if resolution.snapshot != subject.version:
            raise RuleError("it has moved since that was asked: look again, and ask for a new resolution")
        _require_open(subject)
        _require_left(session, subject, resolution.verdict)
        resolution.approved_by, resolution.applied_at = actor, now
        row = _keep(session, resolution, subject, act=Act(actor=actor, at=now))
        act = Act(actor=actor, at=now, reason=resolution.reason, evidence_id=row.id)
        _apply(ports, session, resolution, subject, act=act)
        return subject.state.value


def withdraw_resolution(ports: Ports, resolution_id: UUID) -> None:
    """Nothing had followed from it, and nothing will."""
    now = ports.now()
    with unit_of_work(ports.engine) as session:
        _held(session, _subject(session, fetch(session, Resolution, resolution_id)))
        _open(session, resolution_id).withdrawn_at = now


def _apply(ports: Ports, session: Session, resolution: Resolution, subject: _Subject, *, act: Act) -> None:
    order = locked(session, PaymentOrder, subject.order_id)
    if isinstance(subject, PaymentAttempt):
        record_answer(
            session,
            order,
            subject,
            evidence=_evidence(resolution, subject),
            kind=EvidenceKind.OPERATOR,
            asked_at=act.at,
            act=act,
            terms=ports.terms_of(subject.gateway),
        )
        return
    if resolution.verdict is Verdict.REFUND_EXECUTED:
        succeed(session, subject, act=act)
    else:
        reject(session, subject, act=act, note=resolution.reason)
    follow(session, order, act=act)


def _keep(session: Session, resolution: Resolution, subject: _Subject, *, act: Act) -> GatewayEvidence:
    attempt = subject if isinstance(subject, PaymentAttempt) else fetch(session, PaymentAttempt, subject.attempt_id)
    said = {
        "resolution": str(resolution.id),
        "verdict": resolution.verdict.value,
        "reason": resolution.reason,
        "evidence": resolution.evidence,
        "requested_by": resolution.requested_by,
        "approved_by": act.actor,
    }
    row = keep_evidence(
        session,
        Evidence(_SAYS[resolution.verdict], attempt.trackid, fields=said),
        kind=EvidenceKind.OPERATOR,
        raw=json.dumps(said, ensure_ascii=False).encode(),
        now=act.at,
        gateway=attempt.gateway,
        attempt=attempt,
    )
    if row is None:
        raise RuleError("this resolution is kept as evidence already")
    return row


def _evidence(resolution: Resolution, attempt: PaymentAttempt) -> Evidence:
    """Staff say whether, never how much: the amount is that of the attempt."""
    return Evidence(_SAYS[resolution.verdict], attempt.trackid, amount=Money(attempt.amount_fils))


def _subject_called(session: Session, called: str, *, verdict: Verdict) -> _Subject:
    if verdict not in _OF_REFUNDS:
        attempts = all_of(session, PaymentAttempt, trackid=called.strip().upper())
        if len(attempts) != 1:
            raise MissingError("payment attempt with track id", called)
        return attempts[0]
    return fetch(session, Refund, id_called(session, Refund, called, what="refund"))


def _subject(session: Session, resolution: Resolution) -> _Subject:
    if resolution.attempt_id is not None:
        return fetch(session, PaymentAttempt, resolution.attempt_id)
    if resolution.refund_id is not None:
        return fetch(session, Refund, resolution.refund_id)
    raise MissingError("subject of resolution", resolution.id)


def _held(session: Session, found: _Subject) -> _Subject:
    """The order first, as everywhere; then the thing itself, as it is now."""
    locked(session, PaymentOrder, found.order_id)
    return locked(session, type(found), found.id)


def _require_open(subject: _Subject) -> None:
    is_open = subject.state in LIVE if isinstance(subject, PaymentAttempt) else subject.state is RefundState.UNKNOWN
    if not is_open:
        raise RuleError(f"it is {subject.state}: only money whose fate is open can be resolved")


def _require_left(session: Session, subject: _Subject, verdict: Verdict) -> None:
    """A bank may carry out a refund by taking the payment back: the same money does not go back twice."""
    if isinstance(subject, PaymentAttempt) or verdict is not Verdict.REFUND_EXECUTED:
        return
    capture = fetch(session, LedgerEntry, subject.capture_entry_id)
    if left_fils(session, capture, counting=frozenset({RefundState.SUCCEEDED})) <= 0:
        raise RuleError(
            f"nothing of this payment is left to return, it went back otherwise: say {Verdict.REFUND_NOT_EXECUTED};"
            " that it went back twice is known by the bank's settlement file alone"
        )


def _open_resolutions(session: Session, subject: _Subject) -> list[Resolution]:
    column = "attempt_id" if isinstance(subject, PaymentAttempt) else "refund_id"
    return all_of(session, Resolution, applied_at=None, withdrawn_at=None, **{column: subject.id})


def _open(session: Session, resolution_id: UUID) -> Resolution:
    resolution = locked(session, Resolution, resolution_id)
    if resolution.applied_at is not None or resolution.withdrawn_at is not None:
        raise RuleError("this resolution is over: it was applied or withdrawn")
    return resolution

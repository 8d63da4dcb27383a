"""Settling an attempt: ask the gateway, then record what follows."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from infra.database import fetch, locked, unit_of_work
from infra.errors import InfraError
from infra.gateway import Evidence, PaymentGateway, PaymentRequest
from infra.payments.evidence_box import keep_evidence
from infra.payments.pauses import pause_if_credentials_refused
from infra.payments.recording import record_answer
from infra.payments.starting import payment_request
from infra.wiring import Ports
from models.history import Act
from models.payments.attempt import AttemptEvent, AttemptState, PaymentAttempt
from models.payments.decision import Decision
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from models.payments.order import PaymentOrder

_log = structlog.get_logger()


def settle(ports: Ports, attempt_id: UUID, *, actor: str) -> AttemptState:
    """Ask about one attempt and record the answer.

    Safe to repeat: asking changes nothing at the gateway, and the record is written under the order's lock against
    the state found there; an answer that is older than one that counted already counts no more.
    """
    with unit_of_work(ports.engine) as session:
        attempt = fetch(session, PaymentAttempt, attempt_id)
        request = payment_request(session, attempt, ports=ports)
    asked_at = ports.now()
    evidence = _ask(ports.gateway_named(attempt.gateway), attempt, request, now=asked_at)
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
        if row is not None:
            act = Act(actor=actor, at=now, evidence_id=row.id)
            decision = record_answer(
                session,
                order,
                attempt,
                evidence=evidence,
                kind=EvidenceKind.INQUIRY,
                asked_at=asked_at,
                act=act,
                terms=ports.terms_of(attempt.gateway),
            )
            pause_if_credentials_refused(session, attempt.gateway, evidence, act=act)
            _mind_acknowledgement(attempt, decision)
        return attempt.state


def _ask(gateway: PaymentGateway, attempt: PaymentAttempt, request: PaymentRequest, *, now: datetime) -> Evidence:
    """A notice came before we had the gateway's own number: told of the attempt once more, it says which it gave."""
    again_within = gateway.capabilities.submit_again_within
    heard_without_number = attempt.state is AttemptState.VERIFYING and not request.paymentid
    if heard_without_number and again_within is not None and now < attempt.created_at + again_within:
        try:
            request = replace(request, paymentid=gateway.prepare(request).paymentid)
        except InfraError as error:
            return Evidence(EvidenceOutcome.TRANSPORT_ERROR, request.trackid, result_text=str(error))
    return gateway.inquire(request)


def _mind_acknowledgement(attempt: PaymentAttempt, decision: Decision) -> None:
    """A capture was taken back although we acknowledged its notice: our answer is lost or malformed on its way."""
    if decision.event is AttemptEvent.VOID and attempt.acknowledged_at is not None:
        _log.error("acknowledgement_not_read", gateway=attempt.gateway, trackid=attempt.trackid)

"""The inbox of evidence: what gateways, files and staff said, kept before anything follows from it."""

import hashlib
from datetime import datetime
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col

from infra.gateway import Evidence
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence

_ALWAYS_NEW = frozenset({EvidenceKind.INQUIRY, EvidenceKind.REFUND_REPLY, EvidenceKind.OPERATOR})


def keep_evidence(
    session: Session,
    evidence: Evidence,
    *,
    kind: EvidenceKind,
    raw: bytes,
    now: datetime,
    gateway: str,
    attempt: PaymentAttempt | None,
) -> GatewayEvidence | None:
    """Store the answer as it came; None when this very message was kept before. An answer to us is always new."""
    digest = hashlib.sha256(b"|".join([kind.value.encode(), raw])).hexdigest()
    if kind in _ALWAYS_NEW:
        digest = uuid4().hex
    row = GatewayEvidence(
        created_at=now,
        received_at=now,
        gateway=gateway,
        kind=kind,
        outcome=evidence.outcome,
        attempt_id=attempt.id if attempt else None,
        fields={
            name: value.replace("\0", "\ufffd") for name, value in evidence.fields.items()
        },  # `raw` has it as it came
        raw=raw,
        digest=digest,
    )
    write = insert(GatewayEvidence).values(row.model_dump()).on_conflict_do_nothing().returning(col(GatewayEvidence.id))
    return row if session.connection().execute(write).first() else None

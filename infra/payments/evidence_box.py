"""The inbox of evidence: what gateways, files and staff said, kept before anything follows from it."""

import hashlib
from datetime import datetime, timedelta
from typing import Final
from uuid import uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session, col, select

from infra.gateway import Evidence
from infra.gateway.trackid import NEW_TRACKID
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, GatewayEvidence

UNOWNED_AN_HOUR: Final = 60
"""Of what anybody can send us under no key and about no payment of ours, so many are kept, of each gateway."""

_AN_HOUR: Final = timedelta(hours=1)
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


def is_one_too_many(session: Session, *, gateway: str, raw: bytes, now: datetime) -> bool:
    """Whether a notice that cannot be placed is not kept, as so many of them came within the hour.

    One that names a payment of ours, however unreadable it is otherwise, never is.
    """
    lately = select(GatewayEvidence.id).where(
        col(GatewayEvidence.gateway) == gateway,
        col(GatewayEvidence.attempt_id).is_(None),
        col(GatewayEvidence.received_at) > now - _AN_HOUR,
        col(GatewayEvidence.kind) == EvidenceKind.CALLBACK,
    )
    if len(session.exec(lately.limit(UNOWNED_AN_HOUR)).all()) < UNOWNED_AN_HOUR:
        return False
    named = set(NEW_TRACKID.findall(raw.decode("ascii", "replace")))
    return session.exec(select(PaymentAttempt.id).where(col(PaymentAttempt.trackid).in_(named))).first() is None

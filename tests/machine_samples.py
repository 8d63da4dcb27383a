"""The five machines, each with a record that it moves, in any of its states."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Protocol
from uuid import UUID, uuid4

from models.case import CASE, Case, CaseEvent, CaseStatus, Channel
from models.document import DOCUMENT, Document, DocumentEvent, DocumentState
from models.history import Act, Transition
from models.payments.attempt import ATTEMPT, AttemptEvent, AttemptState, PaymentAttempt
from models.payments.order import ORDER, OrderEvent, OrderStatus, PaymentOrder
from models.payments.refund import REFUND, Refund, RefundEvent, RefundState
from models.service import Language, Service
from models.states import Machine

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


class Moved(Protocol):
    id: UUID

    def apply(self, event: Any, act: Act) -> Transition: ...


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    machine: Machine[Any, Any]
    states: type[StrEnum]
    events: type[StrEnum]
    table: str
    column: str
    make: Callable[[], Moved]

    def standing_at(self, state: StrEnum) -> Moved:
        record = self.make()
        setattr(record, self.column, state)
        return record

    def where(self, record: Moved) -> StrEnum:
        found = getattr(record, self.column)
        assert isinstance(found, StrEnum)
        return found


def make_attempt(**different: Any) -> PaymentAttempt:
    """Redirected at AT to a page that closes a quarter of an hour later; 120.500 are due."""
    given = {
        "created_at": AT,
        "order_id": uuid4(),
        "gateway": "knet",
        "trackid": "R1",
        "amount_fils": 120_500,
        "page_expires_at": AT + timedelta(minutes=15),
        "state": AttemptState.REDIRECTED,
    }
    return PaymentAttempt(**{**given, **different})


def _case() -> Case:
    return Case(
        created_at=AT,
        reference="RN-2222-2222",
        service=Service.FAMILY,
        channel=Channel.FOLDER,
        language=Language.ARABIC,
        account_id=uuid4(),
    )


def _document() -> Document:
    return Document(
        created_at=AT, case_id=uuid4(), kind="passport", quarantine_key="quarantine/1.bin", quarantine_sha256="0" * 64
    )


def _order() -> PaymentOrder:
    return PaymentOrder(created_at=AT, amount_fils=120_500, expires_at=AT + timedelta(days=7))


def _attempt() -> PaymentAttempt:
    return make_attempt(state=ATTEMPT.start)


def _refund() -> Refund:
    return Refund(
        created_at=AT, order_id=uuid4(), capture_entry_id=uuid4(), amount_fils=1, reason="twice", requested_by="staff-1"
    )


SAMPLES = (
    Sample("case", CASE, CaseStatus, CaseEvent, "renewal_case", "status", _case),
    Sample("document", DOCUMENT, DocumentState, DocumentEvent, "document", "state", _document),
    Sample("attempt", ATTEMPT, AttemptState, AttemptEvent, "payment_attempt", "state", _attempt),
    Sample("order", ORDER, OrderStatus, OrderEvent, "payment_order", "status", _order),
    Sample("refund", REFUND, RefundState, RefundEvent, "refund", "state", _refund),
)

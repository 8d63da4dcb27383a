"""A case: one application for renewal, from submission to receipt, and the machine of its status."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, JSON, CheckConstraint, Index, Integer, UniqueConstraint, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
from models.errors import InputError, RuleError
from models.history import Act, Transition
from models.service import Language, Service
from models.states import Machine, Party


class CaseStatus(StrEnum):
    SUBMITTED = "submitted"
    RELEASED = "released"
    IDENTIFIED = "identified"
    DOCUMENTS_NEEDED = "documents_needed"
    DOCUMENTED = "documented"
    QUOTED = "quoted"
    AWAITING_PAYMENT = "awaiting_payment"
    PAID = "paid"
    EXTENDED = "extended"
    COMPLETED = "completed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"
    PAYMENT_REVIEW = "payment_review"
    REGISTRY_REFUSED = "registry_refused"
    RENEWAL_REFUSED = "renewal_refused"


class CaseEvent(StrEnum):
    RELEASE = "release"
    IDENTIFY = "identify"
    ASK_DOCUMENTS = "ask_documents"
    SUPPLY_DOCUMENTS = "supply_documents"
    ACCEPT_DOCUMENTS = "accept_documents"
    QUOTE = "quote"
    ASK_PAYMENT = "ask_payment"
    PAY = "pay"
    EXTEND = "extend"
    ISSUE_RECEIPT = "issue_receipt"
    REJECT = "reject"
    CANCEL = "cancel"
    LAPSE = "lapse"
    REVIEW_PAYMENT = "review_payment"
    REFUSE_BY_REGISTRY = "refuse_by_registry"
    REFUSE_RENEWAL = "refuse_renewal"
    RETRY = "retry"


_S, _E, _P = CaseStatus, CaseEvent, Party

CASE: Final[Machine[CaseStatus, CaseEvent]] = Machine(
    start=_S.SUBMITTED,
    edges={
        (_S.SUBMITTED, _E.RELEASE): _S.RELEASED,
        (_S.SUBMITTED, _E.CANCEL): _S.CANCELLED,
        (_S.RELEASED, _E.IDENTIFY): _S.IDENTIFIED,
        (_S.RELEASED, _E.REJECT): _S.REJECTED,
        (_S.RELEASED, _E.REFUSE_BY_REGISTRY): _S.REGISTRY_REFUSED,
        (_S.REGISTRY_REFUSED, _E.RETRY): _S.RELEASED,
        (_S.REGISTRY_REFUSED, _E.CANCEL): _S.CANCELLED,
        (_S.IDENTIFIED, _E.ACCEPT_DOCUMENTS): _S.DOCUMENTED,
        (_S.IDENTIFIED, _E.ASK_DOCUMENTS): _S.DOCUMENTS_NEEDED,
        (_S.DOCUMENTS_NEEDED, _E.SUPPLY_DOCUMENTS): _S.RELEASED,
        (_S.DOCUMENTS_NEEDED, _E.CANCEL): _S.CANCELLED,
        (_S.DOCUMENTS_NEEDED, _E.LAPSE): _S.CANCELLED,
        (_S.DOCUMENTED, _E.QUOTE): _S.QUOTED,
        (_S.DOCUMENTED, _E.REJECT): _S.REJECTED,
        (_S.QUOTED, _E.ASK_PAYMENT): _S.AWAITING_PAYMENT,
        (_S.AWAITING_PAYMENT, _E.PAY): _S.PAID,
        (_S.AWAITING_PAYMENT, _E.REVIEW_PAYMENT): _S.PAYMENT_REVIEW,
        (_S.AWAITING_PAYMENT, _E.CANCEL): _S.CANCELLED,
        (_S.AWAITING_PAYMENT, _E.LAPSE): _S.CANCELLED,
        (_S.PAYMENT_REVIEW, _E.PAY): _S.PAID,
        (_S.PAYMENT_REVIEW, _E.RETRY): _S.AWAITING_PAYMENT,
        (_S.PAYMENT_REVIEW, _E.CANCEL): _S.CANCELLED,
        (_S.PAID, _E.EXTEND): _S.EXTENDED,
        (_S.PAID, _E.REFUSE_RENEWAL): _S.RENEWAL_REFUSED,
        (_S.PAID, _E.REVIEW_PAYMENT): _S.PAYMENT_REVIEW,
        (_S.PAID, _E.CANCEL): _S.CANCELLED,  # its money went back
        (_S.EXTENDED, _E.REVIEW_PAYMENT): _S.PAYMENT_REVIEW,
        (_S.RENEWAL_REFUSED, _E.RETRY): _S.PAID,
        (_S.RENEWAL_REFUSED, _E.REVIEW_PAYMENT): _S.PAYMENT_REVIEW,
        (_S.RENEWAL_REFUSED, _E.CANCEL): _S.CANCELLED,
        (_S.EXTENDED, _E.ISSUE_RECEIPT): _S.COMPLETED,
    },
    waits_on={
        _S.SUBMITTED: _P.STAFF,
        _S.RELEASED: _P.US,
        _S.IDENTIFIED: _P.US,
        _S.DOCUMENTS_NEEDED: _P.APPLICANT,
        _S.DOCUMENTED: _P.US,
        _S.QUOTED: _P.US,
        _S.AWAITING_PAYMENT: _P.PAYER,
        _S.PAID: _P.US,
        _S.EXTENDED: _P.US,
        _S.COMPLETED: _P.NOBODY,
        _S.REJECTED: _P.NOBODY,
        _S.CANCELLED: _P.NOBODY,
        _S.PAYMENT_REVIEW: _P.STAFF,
        _S.REGISTRY_REFUSED: _P.STAFF,
        _S.RENEWAL_REFUSED: _P.STAFF,
    },
)


HOLD: Final = "hold"
UNHOLD: Final = "unhold"
"""Written to the history beside the events: a hold stops a case wherever it stands, and moves it nowhere."""

RENEWAL_DEADLINE: Final = timedelta(days=1)
"""Paid and not yet renewed: after this, staff must know (`deadline` of the case)."""


class Channel(StrEnum):
    FOLDER = "folder"
    PORTAL = "portal"


_Key: Final[Any] = ARRAY(Integer)
# Literally in queries too: of a bound value the planner does not know that the index answers.
SUBMITTED: Final = text("status = 'submitted'")
WAITING: Final = text("status = 'submitted' and held_at is null")
_UNTOLD: Final = text("status = 'submitted' and expiry_due_at is not null")


_OURS: Final = f"status in ({', '.join(repr(str(each)) for each in CASE.waiting_on(Party.US))})"


class Case(Record, table=True):
    """One application. `flow_run_id` is the one Prefect run that carries it.

    `urgency` is its place in the intake queue (key of models.priority.Rank), right before the day `rank_again_on`;
    `expiry_due_at` is when the registry is to be asked for the permits' last days; None: it has answered.
    `fee_facts` is what the registries said, on the day of the check, that the price depends on (models.fees.facts).
    """

    __tablename__ = "renewal_case"
    __table_args__ = (
        Index(None, "status", "created_at"),
        Index("ix_renewal_case_queue", "urgency", "created_at", "id", postgresql_where=WAITING),
        Index("ix_renewal_case_queue_service", "service", "urgency", "created_at", "id", postgresql_where=WAITING),
        Index("ix_renewal_case_queue_age", "service", "created_at", "id", postgresql_where=WAITING),
        Index("ix_renewal_case_rank_again_on", "rank_again_on", postgresql_where=SUBMITTED),
        Index("ix_renewal_case_expiry_due_at", "expiry_due_at", postgresql_where=_UNTOLD),
        Index("ix_renewal_case_ours", "id", postgresql_where=text(_OURS)),
        Index("ix_renewal_case_held_at", "held_at", postgresql_where=text("held_at is not null")),
        UniqueConstraint("batch_id", "batch_row"),
        CheckConstraint("num_nulls(held_at, held_by, held_because) in (0, 3)", name="held_whole"),
    )

    reference: str = Field(unique=True)
    service: Service = Field(sa_type=stored_enum(Service))
    status: CaseStatus = Field(default=CASE.start, sa_type=stored_enum(CaseStatus))
    channel: Channel = Field(sa_type=stored_enum(Channel))
    language: Language = Field(sa_type=stored_enum(Language))
    urgency: list[int] = Field(default=[0, 0, 0, -1], sa_type=_Key)
    permit_expires: date | None = None
    rank_again_on: date | None = None
    expiry_due_at: datetime | None = Field(default=None, sa_type=Moment)
    deadline: datetime | None = Field(default=None, sa_type=Moment)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    organisation_file: str | None = None
    batch_id: UUID | None = Field(default=None, foreign_key="batch.id")
    batch_row: int | None = None
    flow_run_id: UUID | None = Field(default=None, unique=True)
    fee_facts: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    erased_at: datetime | None = Field(default=None, sa_type=Moment)
    held_at: datetime | None = Field(default=None, sa_type=Moment)
    held_by: str | None = None
    held_because: str | None = None

    def apply(self, event: CaseEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.status
        self.status = CASE.after(before, event)
        if event is CaseEvent.PAY:
            self.deadline = act.at + RENEWAL_DEADLINE
        elif event is CaseEvent.EXTEND:
            self.deadline = None
        if CASE.is_final(self.status):
            self._let_go()
        return Transition.of(self, event=event, before=before, after=self.status, act=act)

    def hold(self, act: Act) -> Transition:
        """Stop here until `unhold`; RuleError when it is closed or held already, InputError without a reason."""
        if CASE.is_final(self.status):
            raise RuleError(f"{self.reference} is {self.status}: there is nothing left to hold")
        if self.held_at is not None:
            raise RuleError(f"{self.reference} is held already, by {self.held_by}: {self.held_because}")
        self.held_at, self.held_by, self.held_because = act.at, act.actor, _reason(act)
        return self._noted(HOLD, act)

    def unhold(self, act: Act) -> Transition:
        """RuleError when it is not held, InputError without a reason."""
        if self.held_at is None:
            raise RuleError(f"{self.reference} is not held")
        _reason(act)
        self._let_go()
        return self._noted(UNHOLD, act)

    @property
    def is_held(self) -> bool:
        return self.held_at is not None

    def _let_go(self) -> None:
        self.held_at = self.held_by = self.held_because = None

    def _noted(self, event: str, act: Act) -> Transition:
        return Transition.of(self, event=event, before=self.status, after=self.status, act=act)

    @property
    def waits_on(self) -> Party:
        return CASE.waits_on[self.status]


def _reason(act: Act) -> str:
    if not (act.reason or "").strip():
        raise InputError("reason", "is empty; say in a sentence why, for whoever finds the case held")
    return (act.reason or "").strip()

"""A document of a case: where it lies, what it is, and the machine of its state."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import CheckConstraint
from sqlmodel import Field

from models.base import Record, stored_enum
from models.history import Act, Transition
from models.states import Machine, Party

QUARANTINE: Final = "quarantine/"


class DocumentState(StrEnum):
    RECEIVED = "received"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    REPLACED = "replaced"


class DocumentEvent(StrEnum):
    ACCEPT = "accept"
    REFUSE = "refuse"
    REPLACE = "replace"


_S, _E, _P = DocumentState, DocumentEvent, Party

DOCUMENT: Final[Machine[DocumentState, DocumentEvent]] = Machine(
    start=_S.RECEIVED,
    edges={
        (_S.RECEIVED, _E.ACCEPT): _S.ACCEPTED,
        (_S.RECEIVED, _E.REFUSE): _S.REFUSED,
        (_S.ACCEPTED, _E.REPLACE): _S.REPLACED,
        (_S.REFUSED, _E.REPLACE): _S.REPLACED,
    },
    waits_on={
        _S.RECEIVED: _P.US,
        _S.ACCEPTED: _P.NOBODY,
        _S.REFUSED: _P.APPLICANT,
        _S.REPLACED: _P.NOBODY,
    },
)


class Document(Record, table=True):
    """Received into quarantine as it came; accepted means rebuilt from scratch and stored under `object_key`."""

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(
            "state <> 'accepted' or (object_key is not null and sha256 is not null)", name="accepted_is_stored"
        ),
    )

    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    person_id: UUID | None = Field(default=None, foreign_key="case_person.id")
    kind: str
    state: DocumentState = Field(default=DOCUMENT.start, sa_type=stored_enum(DocumentState))
    quarantine_key: str = Field(unique=True)
    quarantine_sha256: str
    object_key: str | None = Field(default=None, unique=True)
    sha256: str | None = None
    size: int | None = None
    media_type: str | None = None
    refusal_code: str | None = None

    def apply(self, event: DocumentEvent, act: Act) -> Transition:
        """Move by `event`, or IllegalTransitionError; the returned row belongs into the same commit."""
        before = self.state
        self.state = DOCUMENT.after(before, event)
        return Transition.of(self, event=event, before=before, after=self.state, act=act)


def quarantine_key(document_id: UUID) -> str:
    """Where a document's file lies as it came."""
    return f"{QUARANTINE}{document_id}.bin"

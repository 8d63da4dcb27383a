"""A message to a person: what is to be said, to whom, about which case; written with the change that causes it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cache
from importlib.resources import files
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter
from sqlalchemy import Index, text
from sqlmodel import Field

from models.base import Moment, Record, stored_enum
from models.case import CaseStatus


class MessageKind(StrEnum):
    """Also the name of its templates, `templates/messages/KIND.LANGUAGE.txt`."""

    PAYMENT_ASKED = "payment_asked"
    PAYMENT_ASKED_AGAIN = "payment_asked_again"
    DOCUMENTS_NEEDED = "documents_needed"
    RECEIPT_ISSUED = "receipt_issued"
    RECEIPT_RESENT = "receipt_resent"
    REFUSED = "refused"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    RENEWAL_DELAYED = "renewal_delayed"
    REFUND_SENT = "refund_sent"
    EXPIRY_NEAR = "expiry_near"


class MessageOutcome(StrEnum):
    """How a message ended; while it has none, it is still to be sent."""

    SENT = "sent"
    OUT_OF_DATE = "out_of_date"  # no longer true when its turn came, or nobody is there to be told
    REFUSED = "refused"  # by the message gateway
    GIVEN_UP = "given_up"  # the gateway was silent for longer than the news is worth


class Message(Record, table=True):
    """No text and no number: both are read when it is sent, so what has changed meanwhile is not said any more.

    `dedup_key` names the event: one event makes one message, ever, and the gateway is told the key too. `about_id` is
    the row that it is about (case, order, refund or receipt).
    """

    __tablename__ = "message"
    __table_args__ = (Index("ix_message_due", "due_at", postgresql_where=text("outcome is null")),)

    kind: MessageKind = Field(sa_type=stored_enum(MessageKind))
    account_id: UUID = Field(foreign_key="account.id", index=True)
    case_id: UUID = Field(foreign_key="renewal_case.id", index=True)
    about_id: UUID
    dedup_key: str = Field(unique=True)
    gathered: bool = False  # of many rows of a batch
    tries: int = 0
    due_at: datetime = Field(sa_type=Moment)
    outcome: MessageOutcome | None = Field(default=None, sa_type=stored_enum(MessageOutcome))
    sent_at: datetime | None = Field(default=None, sa_type=Moment)


class MessageRule(BaseModel):
    """One line of messages.yaml."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str | None = None
    to: CaseStatus | None = None
    still: frozenset[CaseStatus] = frozenset()
    gathered: bool = False
    after: timedelta = timedelta(0)
    waits_while_held: bool = False


@cache
def message_rules() -> Mapping[MessageKind, MessageRule]:
    """The rule of every kind; a kind without one is an error when they are read."""
    data = yaml.safe_load((files("models") / "messages.yaml").read_text("utf-8"))
    rules = TypeAdapter(dict[MessageKind, MessageRule]).validate_python(data)
    return {kind: rules[kind] for kind in MessageKind}


@cache
def caused_by() -> Mapping[str, tuple[MessageKind, ...]]:
    """The kinds by what causes them, such as `renewal_case.reject`."""
    names = {rule.by for rule in message_rules().values() if rule.by is not None}
    return {name: tuple(kind for kind, rule in message_rules().items() if rule.by == name) for name in names}

"""Messages to people: the port to the ministry's message gateway (SMS, and notices of its application)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

from models.message import MessageKind
from models.service import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What is said to whom. `key` is of the event: whoever receives it takes a letter with a known key as told."""

    key: str
    account_id: UUID
    mobile: str = field(repr=False)
    template: MessageKind
    language: Language  # the one that the person wants
    words: Mapping[Language, str] = field(repr=False)


class MessageGateway(Protocol):
    """TransientError when nobody took it, or nobody knows: send it again with the same key. PermanentError: refused."""

    def send(self, letter: Letter) -> None:
        """Safe to repeat: a key is told at most once."""

    def close(self) -> None:
        """Let go of connections."""

"""Payment gateways: what every one of them must be able to do, and what it reports back."""

from dataclasses import dataclass, field
from typing import Protocol

from models.evidence import EvidenceOutcome
from models.money import Money
from models.service import Language


@dataclass(frozen=True, slots=True)
class PaymentRequest:
    """One attempt to pay. `trackid` is ours, new for every attempt, and the only name that all sides know."""

    trackid: str
    amount: Money
    language: Language
    response_url: str
    error_url: str
    case_reference: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a gateway said, as it said it. It decides nothing: the attempt's own rules do.

    `fields` holds every named value of the message; it stays out of `repr`, because text that was
    decrypted with the terminal's key must not be shown (the key is also the first block's mask).
    """

    outcome: EvidenceOutcome
    trackid: str
    paymentid: str = ""
    tranid: str = ""
    ref: str = ""
    auth: str = ""
    amount: Money | None = None
    postdate: str = ""  # MMDD, without a year: see infra.gateway.postdate
    result_text: str = ""
    fields: dict[str, str] = field(default_factory=dict, repr=False)
    decrypted: bool = False  # came under the terminal's key; plain fields anybody could have written
    raw: bytes = field(default=b"", repr=False)  # an answer to an inquiry, as it came


class PaymentGateway(Protocol):
    """A hosted payment page. The payer's browser carries the request; the truth is had by asking."""

    @property
    def name(self) -> str: ...

    def prepare(self, request: PaymentRequest) -> str:
        """The address to send the payer's browser to. Nothing happens at the gateway yet."""

    def parse_inbound(self, body: bytes, content_type: str) -> Evidence:
        """Read a notification: a hint, never proof. Raises MalformedTrandataError and nothing else."""

    def acknowledge(self, return_url: str) -> bytes:
        """The exact bytes to answer a notification with, so that the payer is sent to `return_url`."""

    def inquire(self, request: PaymentRequest) -> Evidence:
        """Ask what became of the attempt. Never raises for the network: that is `transport_error` evidence."""

    def close(self) -> None:
        """Let go of connections."""

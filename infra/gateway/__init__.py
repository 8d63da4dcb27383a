"""Payment gateways: what every one of them must be able to do, what it declares it can, and what it reports back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Protocol
from uuid import UUID

from infra.errors import PermanentError
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import Posting
from models.service import Language


class MalformedMessageError(PermanentError):
    """A message that cannot be read. One text for every cause: a cause told apart is an oracle for an attacker."""

    def __init__(self) -> None:
        super().__init__("the message of the payment gateway cannot be read")


class Notification(StrEnum):
    """How a gateway tells us that something happened."""

    ACKNOWLEDGED = "acknowledged"  # its server calls us, and takes the money back unless it reads our answer
    BROWSER = "browser"  # the payer's browser brings it; the payment stands whether or not it arrives
    WEBHOOK = "webhook"  # its server calls us with a signature; the payment stands whether or not we answer


class Lookup(StrEnum):
    """What an inquiry proves."""

    PRESENCE = "presence"  # "not found" may only mean "not yet"
    PRESENCE_AND_ABSENCE = "presence_and_absence"


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What callers may rely on; whoever needs more must do without or refuse."""

    notification: Notification
    lookup: Lookup
    submit_again_within: timedelta | None  # preparing the same attempt twice is one payment; None: nothing is sent
    refund_again_within: timedelta | None  # sending the same refund twice is one refund; None: one request ever
    refund_lookup: bool
    partial_refund: bool
    lists_transactions: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentRequest:
    """One attempt to pay. `trackid` is ours, new for every attempt, and the only name that all sides know.

    The gateway notifies `response_url`; the payer's browser comes back to `return_url`, or to `error_url`.
    `paymentid` is the gateway's own name of the payment, once it is known.
    """

    trackid: str
    amount: Money
    language: Language
    response_url: str
    error_url: str
    return_url: str
    case_reference: str
    paymentid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Where to send the payer's browser, and the gateway's name of the payment when it gave one already."""

    url: str = field(repr=False)  # it may carry the encrypted request
    paymentid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """Money to give back. `refund_id` is ours, one for each refund, and where the gateway can, its idempotency key.

    `refund_reference` is the gateway's own name of the refund, once it is known.
    """

    refund_id: UUID
    trackid: str
    paymentid: str
    amount: Money
    refund_reference: str = ""


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
    under_key: bool = False  # came under a key that only we and the gateway have; plain fields anybody could write
    raw: bytes = field(default=b"", repr=False)  # an answer to a question of ours, as it came


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """The exact answer to a notification."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


class PaymentGateway(Protocol):
    """A hosted payment page. The truth is had by asking; the adapter never decides what becomes of an attempt."""

    @property
    def name(self) -> str: ...

    @property
    def capabilities(self) -> Capabilities: ...

    def prepare(self, request: PaymentRequest) -> Redirect:
        """Where to send the payer. Safe to repeat within `submit_again_within`.

        Raises TransientError when nothing was sent, UnknownOutcomeError when it may have been, PermanentError when
        the gateway refused or the request is not one that it takes.
        """

    def parse_inbound(self, body: bytes, headers: Mapping[str, str]) -> Evidence:
        """Read a notification: a hint, never proof. Raises MalformedMessageError and nothing else."""

    def acknowledge(self, return_url: str) -> Acknowledgement:
        """The exact answer to a notification, so that the payer is sent to `return_url`."""

    def inquire(self, request: PaymentRequest) -> Evidence:
        """Ask what became of the attempt. Never raises for the network: that is `transport_error` evidence."""

    def refund(self, request: RefundRequest) -> Evidence:
        """Give money back: REFUNDED, DECLINED, IN_PROGRESS, NOT_SENT (nothing left our side), else it is not known.

        Never raises for the network. Whether it may be called twice for one refund: `refund_again_within`.
        """

    def lookup_refund(self, request: RefundRequest) -> Evidence:
        """What became of a refund, where `refund_lookup`; elsewhere PermanentError."""

    def list_transactions(self, day: date) -> list[Posting]:
        """What the gateway posted on a day in Kuwait, where `lists_transactions`; elsewhere PermanentError."""

    def close(self) -> None:
        """Let go of connections."""

"""What the sandbox is told when it starts; the credentials are those that our own side was given."""

from datetime import time, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

TEST_CARD = "8888880000000001"


class Delivery(StrEnum):
    """How a terminal learns a result. `notification` takes the payment back unless the merchant confirms."""

    NOTIFICATION = "notification"
    LEGACY = "legacy"  # the payer's browser carries it; the payment stands in any case


class NotificationBody(StrEnum):
    """The three shapes in which KNET terminals were seen to deliver a result."""

    FORM = "form"
    FORM_PLAIN_IDS = "form_plain_ids"
    RAW_HEX = "raw_hex"


class SandboxSettings(BaseModel):
    """Whatever is not known of the real KNET is one field here, so that both possibilities can be tried."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tranportal_id: str
    tranportal_password: SecretStr
    resource_key: SecretStr
    registry_token: SecretStr
    tap_secret_key: SecretStr | None = None  # None: there is no Tap
    folder: Path

    # The hosted page
    page_ttl: timedelta = timedelta(minutes=15)
    capture_expiry: str = Field(default="09/2030", pattern=r"^(0[1-9]|1[0-2])/\d{4}$")  # any other is declined
    langids: frozenset[str] = frozenset({"AR", "USA"})  # seen elsewhere: EN, ENG, ARA; `AR…` is Arabic
    trackid_once: bool = True  # whether a trackid that was used is refused
    choices: bool = True  # whether the page offers its buttons of what shall happen

    # The result
    delivery: Delivery = Delivery.NOTIFICATION
    notification_body: NotificationBody = NotificationBody.FORM
    notification_timeout_seconds: float = 10.0  # how long the merchant may take to confirm
    merchant_authorities: Path | None = None  # certificates that vouch for the merchant; None: those of the machine

    # Inquiry and refund
    captured_word: Literal["CAPTURED", "SUCCESS"] = "CAPTURED"
    declined_word: Literal["FAILURE(NOT CAPTURED)", "FAILURE", "NOT CAPTURED"] = "FAILURE(NOT CAPTURED)"
    suspected_word: Literal["SUSPECTED", "FAILURE(SUSPECTED)"] = "SUSPECTED"
    voided_word: str = "VOIDED"
    refunded_word: str = "CAPTURED"  # of a sale that was refunded in full
    partly_refunded_word: str = "CAPTURED"
    reply_root: str = Field(default="", pattern=r"^[A-Za-z]*$")  # the element around a reply; empty: none
    trackid_width: int = 40  # longer trackids cannot be looked up; the field was also seen to hold 19 only
    reference_word: Literal["RefID", "SeqNum"] = "RefID"  # names the bank's reference in an inquiry
    refunds_by_api: bool = True  # some terminals are not set up for action 2
    refunds_before_settlement: bool = True  # whether a sale can be refunded on the day on which it was posted
    refund_within: timedelta | None = None  # of the capture

    # The settlement file
    cut_off: time = time(23, 0)  # in Kuwait; what comes later is posted on the next day
    fee_fils: int = Field(default=150, ge=0)  # for every capture that was not taken back; a refund costs nothing
    fees_deducted: bool = True  # whether the bank pays out net of its fees
    settlement_dates: Literal["DD/MM/YYYY", "MMDD"] = "DD/MM/YYYY"

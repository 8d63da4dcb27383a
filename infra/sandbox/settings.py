"""What the sandbox is told when it starts; the credentials are those that our own side was given."""

from datetime import timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, SecretStr

TEST_CARD = "8888880000000001"


class NotificationBody(StrEnum):
    """The three shapes in which KNET terminals were seen to deliver a result."""

    FORM = "form"
    FORM_PLAIN_IDS = "form_plain_ids"
    RAW_HEX = "raw_hex"


class SandboxSettings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tranportal_id: str
    tranportal_password: SecretStr
    resource_key: SecretStr
    registry_token: SecretStr
    folder: Path
    page_ttl: timedelta = timedelta(minutes=15)
    capture_expiry: str = Field(default="09/2030", pattern=r"^(0[1-9]|1[0-2])/\d{4}$")
    notification_body: NotificationBody = NotificationBody.FORM
    notification_timeout_seconds: float = 10.0

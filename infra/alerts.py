"""Where Prefect's automations tell staff that something needs them, and what proves that it is Prefect who speaks."""

import hashlib
import hmac
from typing import Final

from infra.settings import Settings

ALERTS_PATH: Final = "/operations/alerts"
TOKEN_HEADER: Final = "X-Alert-Token"  # noqa: S105 - the header's name


def alerts_url(settings: Settings) -> str:
    """Our own web, which writes an alert into its log; staff may put a chat's address in its place."""
    return f"{settings.public_url}{ALERTS_PATH}"


def alert_token(settings: Settings) -> str:
    """Derived from the seal's key, which it does not betray: one secret less to keep, and good for alerts only."""
    key = settings.seal_key.get_secret_value().encode()
    return hmac.new(key, b"operations alerts", hashlib.sha256).hexdigest()


def is_alert_token(settings: Settings, given: str) -> bool:
    return hmac.compare_digest(alert_token(settings).encode(), given.encode())

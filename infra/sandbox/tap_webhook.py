"""Tells the merchant's server what a charge came to: signed, three times at most, and then never again."""

import json

import httpx
import structlog
from pydantic import SecretStr

from infra.gateway.tap_charge import signature
from infra.gateway.tap_json import read_object
from infra.sandbox.tap_answers import charge_json
from infra.sandbox.tap_books import Charge, TapBooks
from infra.sandbox.tap_scenario import TapWebhook

_log = structlog.get_logger()
_DELIVERIES = 3
_LONGEST = 65_536
_SILENT = {"INITIATED", "ABANDONED"}


class TapMessenger:
    """Unlike Tap it also delivers to this machine; a sandbox that could not would tell nobody."""

    def __init__(self, books: TapBooks, key: SecretStr, client: httpx.AsyncClient) -> None:
        self._books = books
        self._key = key
        self._client = client

    async def deliver(self, charge: Charge, script: TapWebhook) -> bool:
        """Whether the merchant took it. The payment stands in any case."""
        at = self._books.now()
        if charge.status_at(at) in _SILENT:
            return False
        body = json.dumps(charge_json(charge, at=at)).encode()
        hashed = signature(read_object(body, longest=_LONGEST), self._key)
        headers = {
            "Content-Type": "application/json",
            "hashstring": hashed[::-1] if script.bad_hash else hashed,
        }
        for delivery in range(1, _DELIVERIES + 1):
            taken = delivery > script.lost and await self._post(charge, body, headers)
            self._books.told(charge.id, deliveries=delivery, acknowledged=taken)
            if taken:
                return True
        return False

    async def _post(self, charge: Charge, body: bytes, headers: dict[str, str]) -> bool:
        try:
            reply = await self._client.post(charge.order.response_url, content=body, headers=headers)
        except httpx.HTTPError as error:
            _log.warning("sandbox_webhook_lost", charge=charge.id, error=type(error).__name__)
            return False
        return reply.is_success

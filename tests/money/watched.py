"""A real adapter, watched: what it sent, and a moment between a question's answer and our writing it down."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from uuid import UUID

from infra.gateway import (
    Acknowledgement,
    Capabilities,
    Evidence,
    PaymentGateway,
    PaymentRequest,
    Redirect,
    RefundRequest,
)
from models.payments.posting import Posting


class Watched:
    """`meanwhile` is done once, after the bank has answered an inquiry and before the asker goes on."""

    def __init__(self, adapter: PaymentGateway, now: Callable[[], datetime]) -> None:
        self._adapter = adapter
        self._now = now
        self.refunds_sent: list[tuple[UUID, datetime]] = []
        self.meanwhile: Callable[[], object] | None = None

    @property
    def name(self) -> str:
        return self._adapter.name

    @property
    def capabilities(self) -> Capabilities:
        return self._adapter.capabilities

    def prepare(self, request: PaymentRequest) -> Redirect:
        return self._adapter.prepare(request)

    def parse_inbound(self, body: bytes, headers: Mapping[str, str]) -> Evidence:
        return self._adapter.parse_inbound(body, headers)

    def acknowledge(self, return_url: str) -> Acknowledgement:
        return self._adapter.acknowledge(return_url)

    def inquire(self, request: PaymentRequest) -> Evidence:
        evidence = self._adapter.inquire(request)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return evidence

    def refund(self, request: RefundRequest) -> Evidence:
        self.refunds_sent.append((request.refund_id, self._now()))
        return self._adapter.refund(request)

    def lookup_refund(self, request: RefundRequest) -> Evidence:
        """Without the gateway's own name of the refund, looking it up is sending it again."""
        if not request.refund_reference:
            self.refunds_sent.append((request.refund_id, self._now()))
        return self._adapter.lookup_refund(request)

    def list_transactions(self, day: date) -> list[Posting]:
        return self._adapter.list_transactions(day)

    def close(self) -> None:
        self._adapter.close()

"""The real KNET adapter, watched: what it sent, and a moment between a question's answer and our writing it down."""

from collections.abc import Callable
from uuid import UUID

import httpx

from infra.gateway import Evidence, PaymentRequest, RefundRequest
from infra.gateway.knet import KnetGateway
from infra.settings import KnetSettings


class WatchedKnet(KnetGateway):
    """`meanwhile` is done once, after the bank has answered an inquiry and before the asker goes on."""

    def __init__(self, settings: KnetSettings, *, client: httpx.Client) -> None:
        super().__init__(settings, client=client)
        self.refunds_sent: list[UUID] = []
        self.meanwhile: Callable[[], object] | None = None

    def inquire(self, request: PaymentRequest) -> Evidence:
        evidence = super().inquire(request)
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return evidence

    def refund(self, request: RefundRequest) -> Evidence:
        self.refunds_sent.append(request.refund_id)
        return super().refund(request)

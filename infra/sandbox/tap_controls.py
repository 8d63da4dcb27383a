"""The controls of the sandbox's Tap: scripts, a revoked key, a webhook once more, a refund made in its dashboard."""

from typing import Annotated, Any

from fastapi import APIRouter, HTTPException
from pydantic import Field

from infra.sandbox.control import controls
from infra.sandbox.scenario import Amount, Written
from infra.sandbox.tap_answers import ledger_line
from infra.sandbox.tap_api import new_refund_id
from infra.sandbox.tap_books import TapBooks, TapRefund, TapRefusedError
from infra.sandbox.tap_scenario import TapScenario, TapScripts, TapWebhook
from infra.sandbox.tap_webhook import TapMessenger


class _Key(Written):
    revoked: bool


class _InTheDashboard(Written):
    trackid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
    amount: Amount


def tap_controls(books: TapBooks, scripts: TapScripts, messenger: TapMessenger) -> APIRouter:
    router = controls()

    def add(scenario: TapScenario) -> None:
        scripts.add(scenario)

    def clear() -> None:
        scripts.clear()

    def key(state: _Key) -> None:
        scripts.key_revoked = state.revoked

    async def deliver(trackid: str) -> dict[str, Any]:
        """Tell the merchant once more, of the charge as it is now."""
        try:
            charge = books.by_trackid(trackid)
        except TapRefusedError as refusal:
            raise _refused(refusal) from None
        return {"acknowledged": await messenger.deliver(charge, TapWebhook())}

    def refund(asked: _InTheDashboard) -> dict[str, Any]:
        try:
            charge = books.by_trackid(asked.trackid)
            books.give_back(_by_hand(charge.id, asked, books))
        except TapRefusedError as refusal:
            raise _refused(refusal) from None
        return ledger_line(charge, books)

    router.add_api_route("/tap/scenarios", add, methods=["POST"], status_code=204, response_model=None)
    router.add_api_route("/tap/scenarios", clear, methods=["DELETE"], status_code=204, response_model=None)
    router.add_api_route("/tap/key", key, methods=["POST"], status_code=204, response_model=None)
    router.add_api_route("/tap/deliver/{trackid}", deliver, methods=["POST"])
    router.add_api_route("/tap/portal/refunds", refund, methods=["POST"], status_code=201)
    return router


def _by_hand(charge_id: str, asked: _InTheDashboard, books: TapBooks) -> TapRefund:
    at = books.now()
    return TapRefund(
        id=new_refund_id(),
        charge_id=charge_id,
        merchant=asked.trackid,
        key="",
        amount=asked.amount,
        created=at,
        done=at,
        ends_as="REFUNDED",
        by="portal",
    )


def _refused(refusal: TapRefusedError) -> HTTPException:
    return HTTPException(refusal.http_status, {"code": refusal.code, "reason": str(refusal)})

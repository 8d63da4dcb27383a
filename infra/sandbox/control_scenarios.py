"""The controls by which a test writes what happens: scripts, fault rates, an expired terminal, held messages."""

from typing import Any

from fastapi import APIRouter, HTTPException

from infra.sandbox.bank import Bank
from infra.sandbox.codes import KnetRefusalError
from infra.sandbox.control import controls
from infra.sandbox.faults import FaultRates, Faults
from infra.sandbox.knet_result import ResultDesk
from infra.sandbox.scenario import Scenario, Written
from infra.sandbox.scenarios import Scenarios


class _Terminal(Written):
    expired: bool


def scenario_controls(bank: Bank, desk: ResultDesk, *, scenarios: Scenarios, faults: Faults) -> APIRouter:
    router = controls()

    def add(scenario: Scenario) -> None:
        scenarios.add(scenario)

    def clear() -> None:
        scenarios.clear()

    def rates(chosen: FaultRates) -> None:
        faults.set(chosen)

    def terminal(state: _Terminal) -> None:
        faults.expired = state.expired

    async def deliver(trackid: str) -> dict[str, Any]:
        """Send a result that was held or lost, or send it once more; a capture that was held may now go back."""
        try:
            payment = bank.by_trackid(trackid)
        except KnetRefusalError as refusal:
            raise HTTPException(404, {"code": refusal.code.value, "reason": refusal.code.english}) from None
        return {"confirmed": await desk.tell(payment, scenarios.of(trackid)) is not None}

    router.add_api_route("/scenarios", add, methods=["POST"], status_code=204, response_model=None)
    router.add_api_route("/scenarios", clear, methods=["DELETE"], status_code=204, response_model=None)
    router.add_api_route("/faults", rates, methods=["POST"], status_code=204, response_model=None)
    router.add_api_route("/terminal", terminal, methods=["POST"], status_code=204, response_model=None)
    router.add_api_route("/deliver/{trackid}", deliver, methods=["POST"])
    return router

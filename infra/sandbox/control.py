"""The sandbox's own controls, for tests and demonstrations on this machine: its books, and its people."""

from collections.abc import Callable
from ipaddress import ip_address
from typing import Any

from fastapi import APIRouter, Depends, HTTPException, Request

from infra.sandbox.bank import Bank
from infra.sandbox.population import Resident
from infra.sandbox.town import Town


def control_router(bank: Bank, town: Town) -> APIRouter:
    router = APIRouter(prefix="/__sandbox__", dependencies=[Depends(_from_this_machine)])
    router.add_api_route("/ledger", _ledger(bank), methods=["GET"])
    router.add_api_route("/people", _people(town), methods=["POST"], status_code=204, response_model=None)
    return router


def _from_this_machine(request: Request) -> None:
    if request.client is None or not ip_address(request.client.host).is_loopback:
        raise HTTPException(403)


def _ledger(bank: Bank) -> Callable[[], list[dict[str, Any]]]:
    def ledger() -> list[dict[str, Any]]:
        return [
            {
                "trackid": payment.purchase.trackid,
                "paymentid": payment.paymentid,
                "tranid": payment.tranid,
                "amount": payment.purchase.amt,
                "result": payment.result,
                "acknowledged": payment.acknowledged,
                "voided": payment.voided,
            }
            for payment in bank.ledger()
        ]

    return ledger


def _people(town: Town) -> Callable[[list[Resident]], None]:
    def people(residents: list[Resident]) -> None:
        town.settle(residents)

    return people

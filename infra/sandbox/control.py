"""The sandbox's own controls, for tests and demonstrations on this machine: who may use them, and its people.

All are under /__sandbox__/:

    GET ledger[?trackid=]            the bank's books, the oracle         (control_bank)
    POST portal/refunds, /sales      what the bank's staff do             (control_bank)
    GET settlement/YYYY-MM-DD.csv    the day's file                       (settlement_export)
    POST scenarios, DELETE scenarios what happens to one payment or all   (scenario)
    POST deliver/TRACKID             send a result that was held, or again
    POST faults, terminal            trouble at a rate; an expired password
    GET clock, POST clock            the sandbox's time
    POST people                      whom the registries know
    GET outbox, messages[?number=]   what people were told: a page, JSON  (control_messages)
    POST messages/trouble            a message gateway that is down, or loses its answers
"""

from collections.abc import Callable
from ipaddress import ip_address

from fastapi import APIRouter, Depends, HTTPException, Request

from infra.sandbox.population import Resident
from infra.sandbox.town import Town


def controls() -> APIRouter:
    """A router that answers this machine only."""
    return APIRouter(prefix="/__sandbox__", dependencies=[Depends(_from_this_machine)])


def control_router(town: Town) -> APIRouter:
    router = controls()
    router.add_api_route("/people", _people(town), methods=["POST"], status_code=204, response_model=None)
    return router


def _from_this_machine(request: Request) -> None:
    if request.client is None or not ip_address(request.client.host).is_loopback:
        raise HTTPException(403)


def _people(town: Town) -> Callable[[list[Resident]], None]:
    def people(residents: list[Resident]) -> None:
        town.settle(residents)

    return people

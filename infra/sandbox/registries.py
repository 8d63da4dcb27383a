"""The registries' five lookups and the residency registry's extension, as the ministry's integration layer has them."""

import secrets
from collections.abc import Callable
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from infra.sandbox.settings import SandboxSettings
from infra.sandbox.town import ExtensionOrder, RegistryRefusalError, Town

Registry = Literal["civil", "residency", "insurance", "work", "traffic"]
_ADDRESSES: dict[str, Registry] = {
    "civil": "civil",
    "residency": "residency",
    "insurance": "insurance",
    "manpower": "work",
    "traffic": "traffic",
}


class _Question(BaseModel):
    model_config = ConfigDict(extra="forbid")

    civil_numbers: Annotated[list[Annotated[str, Field(pattern=r"^[0-9]{12}$")]], Field(max_length=500)]


def registry_router(town: Town, settings: SandboxSettings) -> APIRouter:
    router = APIRouter(dependencies=[Depends(bearer(settings))])
    for address, registry in _ADDRESSES.items():
        router.add_api_route(f"/{address}/lookup", _lookup(town, registry), methods=["POST"])
    router.add_api_route("/residency/extensions/{case_id}", _extension(town), methods=["PUT"])
    return router


def bearer(settings: SandboxSettings) -> Callable[[Request], None]:
    """Refuses whoever does not bring the token of the ministry's integration layer."""
    expected = f"Bearer {settings.registry_token.get_secret_value()}".encode()

    def check(request: Request) -> None:
        if not secrets.compare_digest(request.headers.get("authorization", "").encode(), expected):
            raise HTTPException(401)

    return check


def _lookup(town: Town, registry: Registry) -> Callable[[_Question], JSONResponse]:
    def lookup(question: _Question) -> JSONResponse:
        residents = filter(None, map(town.find, question.civil_numbers))
        records = [record for resident in residents if (record := getattr(resident, registry)) is not None]
        return JSONResponse({"records": [record.model_dump(mode="json") for record in records]})

    return lookup


def _extension(town: Town) -> Callable[[UUID, ExtensionOrder], JSONResponse]:
    def extend(case_id: UUID, order: ExtensionOrder) -> JSONResponse:
        try:
            return JSONResponse({"confirmation": town.extend(case_id, order)})
        except RegistryRefusalError as refusal:
            status = 409 if refusal.reason == "different_extension" else 422
            return JSONResponse({"reason": refusal.reason}, status_code=status)

    return extend

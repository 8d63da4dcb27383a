"""The sandbox's Tap as merchants speak to it: charges and refunds, made, looked up and listed."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, Response
from pydantic import SecretStr

from infra.sandbox.dropped import Dropped
from infra.sandbox.tap_answers import TapRoute, charge_json, refund_json
from infra.sandbox.tap_books import Charge, ChargeOrder, TapBooks, TapRefund, TapRefusedError
from infra.sandbox.tap_order import read_amount, read_body, read_charge, read_key, read_text
from infra.sandbox.tap_scenario import Question, TapFault, TapScripts

_MOST = 50
_USUAL = "25"


class TapApi:
    def __init__(self, books: TapBooks, scripts: TapScripts, key: SecretStr) -> None:
        self._books = books
        self._scripts = scripts
        self._bearer = f"Bearer {key.get_secret_value()}".encode()
        self.router = APIRouter(prefix="/v2", route_class=TapRoute, dependencies=[Depends(self._authorised)])
        self.router.add_api_route("/charges", self.create, methods=["POST"], response_model=None)
        self.router.add_api_route("/charges/list", self.list_charges, methods=["POST"], response_model=None)
        self.router.add_api_route("/charges/{charge_id}", self.retrieve, methods=["GET"], response_model=None)
        self.router.add_api_route("/refunds", self.refund, methods=["POST"], response_model=None)
        self.router.add_api_route("/refunds/list", self.list_refunds, methods=["POST"], response_model=None)
        self.router.add_api_route("/refunds/{refund_id}", self.retrieve_refund, methods=["GET"], response_model=None)

    def _authorised(self, request: Request) -> None:
        given = request.headers.get("authorization", "").encode()
        if self._scripts.key_revoked or not secrets.compare_digest(given, self._bearer):
            raise TapRefusedError("2107", "the secret key is wrong", status=401)

    async def create(self, request: Request) -> Response:
        base, arabic = str(request.base_url), request.headers.get("lang_code") == "ar"

        def make() -> dict[str, Any]:
            order = read_charge(asked, arabic=arabic)
            charge = self._books.open(order, lambda at: _new_charge(order, base, at))
            return charge_json(charge, at=charge.created)

        asked = read_body(await request.body())
        return await self._play("create", read_text(asked, "reference.transaction"), make)

    async def retrieve(self, charge_id: str) -> Response:
        charge = self._books.charge(charge_id)
        return await self._play("retrieve", charge.order.trackid, lambda: charge_json(charge, at=self._books.now()))

    async def refund(self, request: Request) -> Response:
        asked = read_body(await request.body())
        charge = self._books.charge(read_text(asked, "charge_id"))

        def make() -> dict[str, Any]:
            refund, as_of = self._books.give_back(self._new_refund(asked, charge))
            return refund_json(refund, at=as_of)

        return await self._play("refund", charge.order.trackid, make)

    async def retrieve_refund(self, refund_id: str) -> Response:
        return JSONResponse(refund_json(self._books.refund(refund_id), at=self._books.now()))

    async def list_charges(self, request: Request) -> Response:
        at = self._books.now()
        shown = [charge_json(each, at=at) for each in self._books.charges()]
        return await _page("charges", request, shown, created=lambda each: each["transaction"]["created"])

    async def list_refunds(self, request: Request) -> Response:
        at = self._books.now()
        shown = [refund_json(each, at=at) for each in self._books.refunds()]
        return await _page("refunds", request, shown, created=lambda each: each["created"])

    def _new_refund(self, asked: dict[str, Any], charge: Charge) -> TapRefund:
        if not read_text(asked, "reason"):
            raise TapRefusedError("1101", "a refund needs a reason")
        script, at = self._scripts.of(charge.order.trackid), self._books.now()
        return TapRefund(
            id=new_refund_id(),
            charge_id=charge.id,
            merchant=read_text(asked, "reference.merchant"),
            key=read_key(asked),
            amount=str(read_amount(asked)),
            created=at,
            done=at + timedelta(seconds=script.refund_pending_seconds),
            ends_as=script.refund_ends_as,
        )

    async def _play(self, question: Question, trackid: str, make: Callable[[], dict[str, Any]]) -> Response:
        """Do what was asked and answer, unless a fault of the script comes between."""
        fault = self._scripts.take(trackid, question)
        if fault is not None and fault.answer != "delay" and not fault.executed:
            return _instead(fault, b"")
        answer = JSONResponse(make())
        if fault is None:
            return answer
        await asyncio.sleep(fault.seconds)
        return answer if fault.answer == "delay" else _instead(fault, bytes(answer.body))


def _instead(fault: TapFault, answer: bytes) -> Response:
    if fault.answer == "drop":
        return Dropped()
    if fault.answer == "html":
        return Response("<html><body>Maintenance</body></html>", media_type="text/html")
    if fault.answer == "truncate":
        return Response(answer[: len(answer) // 2], media_type="application/json")
    return Response("Internal error", status_code=500)


async def _page(
    name: str, request: Request, records: list[dict[str, Any]], *, created: Callable[[dict[str, Any]], str]
) -> Response:
    """The newest first, of one period and, when it is named, of one status."""
    asked = read_body(await request.body())
    status, after = read_text(asked, "status"), read_text(asked, "starting_after")
    try:
        first, last = (int(read_text(asked, f"period.date.{end}")) for end in ("from", "to"))
        limit = min(int(read_text(asked, "limit") or _USUAL), _MOST)
    except ValueError:
        raise TapRefusedError("1101", "the list needs a period in milliseconds") from None
    found = [each for each in reversed(records) if first <= int(created(each)) <= last]
    found = [each for each in found if status in {"", each["status"]}]
    place = next((index + 1 for index, each in enumerate(found) if each["id"] == after), 0)
    shown = found[place : place + limit]
    more = len(found) > place + limit
    return JSONResponse({"object": "list", "count": len(shown), "has_more": more, name: shown})


def _new_charge(order: ChargeOrder, base: str, at: datetime) -> Charge:
    charge_id = f"chg_TS{_digits(22)}"
    return Charge(id=charge_id, order=order, page=f"{base}tap/pay/{charge_id}", created=at)


def new_refund_id() -> str:
    return f"re_TS{_digits(22)}"


def _digits(count: int) -> str:
    return f"{secrets.randbelow(10**count):0{count}d}"

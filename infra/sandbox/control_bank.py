"""The bank's side of the sandbox's controls: its books as the oracle, its staff's portal, its settlement file."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, HTTPException, Query
from fastapi.responses import JSONResponse, Response
from pydantic import Field

from infra.sandbox.bank import Bank
from infra.sandbox.books import Payment
from infra.sandbox.codes import KnetRefusalError
from infra.sandbox.control import controls
from infra.sandbox.scenario import Amount, Written
from infra.sandbox.settlement_export import SettlementExport
from models.errors import InputError
from models.money import Money


class _AtThePortal(Written):
    trackid: Annotated[str, Field(pattern=r"^[A-Za-z0-9]{1,40}$")]
    amount: Amount


Lines = list[dict[str, Any]]


def bank_controls(bank: Bank, export: SettlementExport, *, others: Callable[[], Lines] = list) -> APIRouter:
    """`others` are the payments of other gateways; the ledger tells them after KNET's."""
    router = controls()
    router.add_api_route("/ledger", _ledger(bank, others), methods=["GET"], response_model=None)
    router.add_api_route("/portal/refunds", _refund(bank), methods=["POST"], status_code=201, response_model=None)
    router.add_api_route("/portal/sales", _sale(bank), methods=["POST"], status_code=201, response_model=None)
    router.add_api_route("/settlement/{day}.csv", _settlement(export), methods=["GET"], response_model=None)
    return router


def _ledger(bank: Bank, others: Callable[[], Lines]) -> Callable[[str | None], JSONResponse]:
    def ledger(trackid: str | None = None) -> JSONResponse:
        lines = [line(each) for each in bank.ledger()] + others()
        return JSONResponse([each for each in lines if trackid in {None, each["trackid"]}])

    return ledger


def line(payment: Payment) -> dict[str, Any]:
    """One payment as the oracle tells it: the truth, whatever the merchant was told."""
    posted = payment.posted
    return {
        "gateway": "knet",
        "trackid": payment.trackid,
        "paymentid": payment.paymentid,
        "tranid": posted.tranid if posted else "",
        "ref": posted.ref if posted else "",
        "auth": payment.auth,
        "auth_resp_code": payment.auth_resp_code,
        "amount": payment.purchase.amt,
        "captured": payment.captured,
        "result": payment.result,
        "acknowledged": payment.acknowledged,
        "voided": payment.voided,
        "void_at": payment.void_at.isoformat() if payment.void_at else None,
        "refunded": str(payment.refunded),
        "refunds": [
            refund.model_dump(mode="json", include={"tranid", "ref", "amount", "at", "by"})
            | {"postdate": refund.postdate}
            for refund in payment.refunds
        ],
        "at": posted.at.isoformat() if posted else None,
        "postdate": posted.postdate if posted else "",
    }


def _refund(bank: Bank) -> Callable[[_AtThePortal], dict[str, Any]]:
    def refund(asked: _AtThePortal) -> dict[str, Any]:
        try:
            payment = bank.by_trackid(asked.trackid)
            bank.refund(payment.paymentid, Money.parse(asked.amount), by="portal")
        except KnetRefusalError as refusal:
            raise _refused(refusal) from None
        return line(bank.find(payment.paymentid))

    return refund


def _sale(bank: Bank) -> Callable[[_AtThePortal], dict[str, Any]]:
    def sale(asked: _AtThePortal) -> dict[str, Any]:
        try:
            return line(bank.sell(asked.trackid, Money.parse(asked.amount)))
        except KnetRefusalError as refusal:
            raise _refused(refusal) from None

    return sale


def _refused(refusal: KnetRefusalError) -> HTTPException:
    return HTTPException(409, {"code": refusal.code.value, "reason": refusal.code.english})


def _settlement(export: SettlementExport) -> Callable[..., Response]:
    def settlement(
        day: date,
        columns: str = "",
        dates: Literal["DD/MM/YYYY", "MMDD"] | None = None,
        wrong_total: Annotated[bool, Query()] = False,  # noqa: FBT002 - a parameter of the address
    ) -> Response:
        try:
            text = export.write(day, columns=columns, dates=dates or "", wrong_total=wrong_total)
        except InputError as error:
            raise HTTPException(422, {"field": error.field, "reason": error.message}) from None
        return Response(text, media_type="text/csv; charset=utf-8")

    return settlement

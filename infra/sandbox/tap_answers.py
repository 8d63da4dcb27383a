"""How the sandbox's Tap writes a charge, a refund and an error, and how its oracle tells a charge."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any

from fastapi import Request
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute

from infra.sandbox.tap_books import Charge, TapBooks, TapRefund, TapRefusedError
from models.base import CURRENCY
from models.money import FILS_PER_DINAR, Money

_CODES = {
    "INITIATED": ("100", "Initiated"),
    "ABANDONED": ("301", "Abandoned"),
    "CANCELLED": ("302", "Cancelled"),
    "CAPTURED": ("000", "Captured"),
    "FAILED": ("401", "Failed"),
    "DECLINED": ("501", "Declined"),
    "RESTRICTED": ("701", "Restricted"),
    "VOID": ("601", "Void"),
    "TIMEDOUT": ("801", "Timed out"),
    "UNKNOWN": ("901", "Unknown"),
}


def charge_json(charge: Charge, *, at: datetime) -> dict[str, Any]:
    """As Tap shows it at a moment."""
    status, ending, order = charge.status_at(at), charge.ending, charge.order
    code, words = _CODES[status]
    reference = {"track": f"tck_{charge.id[4:]}", "transaction": charge.told_trackid, "order": order.order}
    transaction: dict[str, Any] = {
        "timezone": "UTC+03:00",
        "created": milliseconds(charge.created),
        "url": charge.page,
        "expiry": {"period": order.minutes, "type": "MINUTE"},
    }
    if ending is not None and status != "CANCELLED":
        numbers = ending.numbers
        reference |= {"payment": numbers.payment, "gateway": numbers.gateway, "acquirer": numbers.acquirer}
        transaction |= {"authorization_id": numbers.auth} if status == "CAPTURED" else {}
    return {
        "id": charge.id,
        "object": "charge",
        "live_mode": False,
        "status": status,
        "amount": number(charge.told_amount),
        "currency": charge.told_currency,
        "transaction": transaction,
        "reference": reference,
        "response": {"code": (ending.code if ending and ending.status == status else "") or code, "message": words},
        "customer": {"first_name": "Payer"},
        "merchant": {"id": order.merchant_id, "currency": CURRENCY},
        "source": {"object": "source", "payment_method": "KNET", "id": "src_kw.knet"},
        "redirect": {"status": "PENDING" if ending is None else "SUCCESS", "url": order.return_url},
        "post": {"status": "SUCCESS" if charge.acknowledged else "PENDING", "url": order.response_url},
        "auto_reversed": charge.reversed_by(at),
    }


def refund_json(refund: TapRefund, *, at: datetime) -> dict[str, Any]:
    return {
        "id": refund.id,
        "object": "refund",
        "live_mode": False,
        "status": refund.status_at(at),
        "amount": number(refund.amount),
        "currency": CURRENCY,
        "charge_id": refund.charge_id,
        "created": milliseconds(refund.created),
        "reference": {"merchant": refund.merchant},
    }


class TapRoute(APIRoute):
    """Answers a refusal in Tap's form of an error."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await answer(request)
            except TapRefusedError as refusal:
                errors = [{"code": refusal.code, "description": str(refusal)}]
                return JSONResponse({"errors": errors}, refusal.http_status)

        return answered


def ledger_line(charge: Charge, books: TapBooks) -> dict[str, Any]:
    """One charge as the oracle tells it, with the names that KNET's payments have there."""
    at, ending = books.now(), charge.ending
    status = charge.status_at(at)
    done = [each for each in books.refunds_of(charge) if each.status_at(at) == "REFUNDED"]
    return {
        "gateway": "tap",
        "trackid": charge.order.trackid,
        "paymentid": charge.id,
        "tranid": ending.numbers.gateway if ending else "",
        "amount": charge.order.amount,
        "currency": charge.told_currency,
        "captured": charge.told_amount if status in {"CAPTURED", "VOID"} else None,
        "result": None if status == "INITIATED" else status,
        "acknowledged": charge.acknowledged,
        "voided": status == "VOID" or charge.reversed_by(at),
        "refunded": str(Money.total(Money.parse(each.amount) for each in done)),
        "refunds": [
            {"tranid": each.id, "amount": each.amount, "at": each.done.isoformat(), "by": each.by} for each in done
        ],
        "refund_keys": [each.key for each in books.refunds_of(charge) if each.key],
        "deliveries": charge.deliveries,
        "at": ending.at.isoformat() if ending else None,
    }


def milliseconds(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))


def number(amount: str) -> float:
    """`10` for whole dinars and `0.5` for half a one, as Tap writes them."""
    fils = Money.parse(amount).fils
    return fils // FILS_PER_DINAR if fils % FILS_PER_DINAR == 0 else float(amount)

"""KNET's tranportal: answers an inquiry (action 8) from the bank's books, in elements without a root."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from infra.gateway import MalformedMessageError
from infra.gateway.knet_inquiry import ACTION_INQUIRE, MEDIA_TYPE, read_elements, write_elements
from infra.sandbox.bank import Bank, Payment
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.pages import page
from infra.sandbox.settings import SandboxSettings

_BY_TRACKID = "TrackID"


class Tranportal:
    def __init__(self, bank: Bank, settings: SandboxSettings) -> None:
        self._bank = bank
        self._settings = settings
        self.router = APIRouter(prefix="/kpg")
        self.router.add_api_route("/tranPipe.htm", self.answer, methods=["POST"], response_model=None)

    async def answer(self, request: Request) -> Response | HTMLResponse:
        """What cannot be read is answered with a page, as KNET does."""
        try:
            question = read_elements(await request.body())
        except MalformedMessageError:
            return page("problem.html", code=Code.REQUEST)
        try:
            elements = _elements(self._look_up(question))
        except KnetRefusalError as refusal:
            elements = {
                "result": f"!ERROR!-{refusal.code}-{refusal.code.english}",
                "error_code_tag": refusal.code.value,
                "error_service_tag": "null",
            }
        return Response(write_elements(elements), media_type=MEDIA_TYPE)

    def _look_up(self, question: dict[str, str]) -> Payment:
        if question.get("id") != self._settings.tranportal_id:
            raise KnetRefusalError(Code.TERMINAL)
        if question.get("password") != self._settings.tranportal_password.get_secret_value():
            raise KnetRefusalError(Code.PASSWORD)
        if question.get("action") != ACTION_INQUIRE or question.get("udf5") != _BY_TRACKID:
            raise KnetRefusalError(Code.ACTION)
        if question.get("trackid") != question.get("transid"):
            raise KnetRefusalError(Code.REQUEST)
        payment = self._bank.by_trackid(question.get("trackid", ""))
        if question.get("amt") != payment.purchase.amt:
            raise KnetRefusalError(Code.INQUIRY_AMOUNT)
        return payment


def _elements(payment: Payment) -> dict[str, str]:
    return {
        "result": _result(payment),
        "auth": payment.auth,
        "ref": payment.ref,
        "avr": "N",
        "postdate": payment.postdate,
        "tranid": payment.tranid,
        "trackid": payment.purchase.trackid,
        "payid": payment.paymentid,
        "amt": payment.purchase.amt,
        **payment.purchase.udf,
    }


def _result(payment: Payment) -> str:
    if payment.voided:
        return "VOIDED"
    return "FAILURE(NOT CAPTURED)" if payment.result == "NOT CAPTURED" else payment.result or ""

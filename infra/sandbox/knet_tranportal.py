"""KNET's tranportal: answers an inquiry (action 8) and a refund (action 2) from the bank's books."""

import asyncio

from fastapi import APIRouter, Request
from fastapi.responses import Response

from infra.gateway import MalformedMessageError
from infra.gateway.knet_inquiry import ACTION_INQUIRE, ACTION_REFUND, MEDIA_TYPE, read_elements
from infra.sandbox.bank import Bank
from infra.sandbox.books import Payment
from infra.sandbox.codes import Code, KnetRefusalError
from infra.sandbox.dropped import Dropped
from infra.sandbox.faults import Faults
from infra.sandbox.knet_answers import about, not_refunded, refunded, refused
from infra.sandbox.pages import page
from infra.sandbox.scenario import Delay, InquiryFault, RefundFault
from infra.sandbox.scenarios import Scenarios
from infra.sandbox.settings import SandboxSettings
from models.errors import InputError
from models.money import Money

Question = dict[str, str]


class Tranportal:
    def __init__(self, bank: Bank, settings: SandboxSettings, *, scenarios: Scenarios, faults: Faults) -> None:
        self._bank = bank
        self._settings = settings
        self._scenarios = scenarios
        self._faults = faults
        self.router = APIRouter(prefix="/kpg")
        self.router.add_api_route("/tranPipe.htm", self.answer, methods=["POST"], response_model=None)

    async def answer(self, request: Request) -> Response:
        """What cannot be read is answered with a page, as KNET does."""
        try:
            question = read_elements(await request.body())
        except MalformedMessageError:
            return page("problem.html", code=Code.REQUEST)
        try:
            self._check_terminal(question)
            return await (self._refund if question["action"] == ACTION_REFUND else self._inquiry)(question)
        except KnetRefusalError as refusal:
            return _reply(refused(refusal.code, self._settings))

    async def _inquiry(self, question: Question) -> Response:
        fault = self._scenarios.take_inquiry_fault(question.get("trackid", "")) or self._faults.inquiry()
        answer = self._answer_to(question)  # what is true now, however long it takes to say it
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.delay_seconds)
            return _reply(answer)
        return _spoilt(fault, answer=answer, settings=self._settings) if fault else _reply(answer)

    def _answer_to(self, question: Question) -> str:
        try:
            payment = self._look_up(question)
        except KnetRefusalError as refusal:
            return refused(refusal.code, self._settings)
        if question.get("amt") != payment.purchase.amt:
            return refused(Code.INQUIRY_AMOUNT, self._settings)
        return about(payment, self._settings)

    async def _refund(self, question: Question) -> Response:
        payment, amount = self._look_up(question), _amount(question)
        fault = self._scenarios.take_refund_fault(payment.trackid) or self._faults.refund()
        if isinstance(fault, Delay):
            await asyncio.sleep(fault.delay_seconds)
            fault = None
        if fault in {"refuse", "drop_unexecuted", "host_timeout"}:
            return self._unexecuted(payment, fault)
        answer = refunded(payment, self._bank.refund(payment.paymentid, amount, by="api"), self._settings)
        if fault == "host_timeout_executed":
            return self._unexecuted(payment, fault)
        return Dropped() if fault == "drop_executed" else _reply(answer)

    def _unexecuted(self, payment: Payment, fault: RefundFault | None) -> Response:
        """What the merchant sees of a refund that was not done, or that it cannot know was done."""
        if fault == "drop_unexecuted":
            return Dropped()
        return _reply(not_refunded(payment, "NOT CAPTURED" if fault == "refuse" else "HOST TIMEOUT", self._settings))

    def _check_terminal(self, question: Question) -> None:
        if question.get("id") != self._settings.tranportal_id:
            raise KnetRefusalError(Code.TERMINAL)
        if question.get("password") != self._settings.tranportal_password.get_secret_value():
            raise KnetRefusalError(Code.PASSWORD)
        self._faults.check_terminal()
        known = {ACTION_INQUIRE, ACTION_REFUND} if self._settings.refunds_by_api else {ACTION_INQUIRE}
        if question.get("action") not in known:
            raise KnetRefusalError(Code.ACTION)

    def _look_up(self, question: Question) -> Payment:
        """By the name that `udf5` says is in `transid`; our trackid must be right in any case."""
        by, number, trackid = (
            question.get("udf5") or "TransID",
            question.get("transid", ""),
            question.get("trackid", ""),
        )
        if by == "TrackID":
            if number != trackid or len(number) > self._settings.trackid_width:
                raise KnetRefusalError(Code.REQUEST)
            return self._bank.by_trackid(trackid)
        if by not in {"PaymentID", "TransID", self._settings.reference_word}:
            raise KnetRefusalError(Code.ACTION)
        payment = self._bank.by_number(number)
        if payment.trackid != trackid or number != _number(payment, by=by):
            raise KnetRefusalError(Code.NOT_FOUND)
        return payment


def _number(payment: Payment, *, by: str) -> str:
    if by == "PaymentID" or payment.posted is None:
        return payment.paymentid
    return payment.posted.tranid if by == "TransID" else payment.posted.ref


def _amount(question: Question) -> Money:
    try:
        amount = Money.parse(question.get("amt", ""))
    except InputError:
        raise KnetRefusalError(Code.AMOUNT) from None
    if amount <= Money(0):
        raise KnetRefusalError(Code.AMOUNT)
    return amount


def _spoilt(fault: InquiryFault, *, answer: str, settings: SandboxSettings) -> Response:
    match fault:
        case "drop":
            return Dropped()
        case "truncate":
            return _reply(answer[: len(answer) // 2])
        case "expired":
            return _reply(refused(Code.EXPIRED, settings))
        case "maintenance":
            return page("maintenance.html")
        case "html" | "500":
            return page("problem.html", status=500 if fault == "500" else 200, code=Code.REQUEST)


def _reply(text: str) -> Response:
    return Response(text, media_type=MEDIA_TYPE)

"""The Tap adapter when the other side misbehaves: each answer has one meaning, and noise is never taken for one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from infra import clock
from infra.errors import PermanentError, TransientError, UnknownOutcomeError
from infra.gateway import Evidence, PaymentRequest
from infra.gateway.tap import TapGateway
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.service import Language
from tests.contracts.test_gateway_inquiry import self_signed
from tests.sandbox_world import served
from tests.tap_world import refund_of, tap_settings

_O = EvidenceOutcome


REQUEST = PaymentRequest(
    trackid="RP00000000000000001",
    amount=Money(10_000),
    language=Language.ARABIC,
    response_url="https://m.test/tap/webhook",
    error_url="https://m.test/error",
    return_url="https://m.test/return",
    case_reference="RN-2222-2222",
    paymentid="chg_TS_1",
)
CHARGE = {
    "id": "chg_TS_1",
    "status": "CAPTURED",
    "amount": 10,
    "currency": "KWD",
    "reference": {"transaction": REQUEST.trackid},
    "transaction": {"url": "https://tap.test/page"},
}


def answered(answer: Callable[[httpx.Request], httpx.Response]) -> TapGateway:
    return TapGateway(tap_settings("https://tap.test"), client=httpx.Client(transport=httpx.MockTransport(answer)))


def inquired(**different: object) -> Evidence:
    return answered(lambda _: httpx.Response(200, json={**CHARGE, **different})).inquire(REQUEST)


def test_what_is_sent_for_a_new_charge_holds_nothing_personal() -> None:
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={**CHARGE, "status": "INITIATED"})

    assert answered(note).prepare(REQUEST).url == "https://tap.test/page"
    assert (str(asked[0].url), asked[0].headers["lang_code"]) == ("https://tap.test/v2/charges", "ar")
    assert asked[0].headers["authorization"] == "Bearer sk_test_sandbox"
    assert asked[0].content == (
        b'{"amount":10.0,"currency":"KWD","customer_initiated":true,"threeDSecure":true,"save_card":false,'
        b'"receipt":{"email":false,"sms":false},"reference":{"transaction":"RP00000000000000001",'
        b'"order":"RN-2222-2222","idempotent":"RP00000000000000001"},"customer":{"first_name":"Payer"},'
        b'"merchant":{"id":"900001"},"source":{"id":"src_kw.knet"},'
        b'"transaction":{"expiry":{"period":15,"type":"MINUTE"}},"redirect":{"url":"https://m.test/return"},'
        b'"post":{"url":"https://m.test/tap/webhook"}}'
    )


@pytest.mark.parametrize(
    "different",
    [
        {"transaction": {}},
        {"transaction": {"url": "http://tap.test/page"}},
        {"transaction": {"url": "javascript:alert(1)"}},
        {"transaction": "https://tap.test/page"},
        {"amount": 10.001},
        {"currency": "USD"},
        {"id": "chg"},
        {"reference": {"transaction": "RP2"}},
    ],
)
def test_an_answer_that_is_not_this_payments_page_sends_nobody_anywhere(different: dict[str, object]) -> None:
    gateway = answered(lambda _: httpx.Response(200, json={**CHARGE, "status": "INITIATED", **different}))
    with pytest.raises(UnknownOutcomeError):
        gateway.prepare(REQUEST)


@pytest.mark.parametrize(
    ("error", "raised", "refund"),
    [
        (httpx.ConnectError, TransientError, _O.NOT_SENT),
        (httpx.ConnectTimeout, TransientError, _O.NOT_SENT),
        (httpx.ReadTimeout, UnknownOutcomeError, _O.TRANSPORT_ERROR),
        (httpx.WriteError, UnknownOutcomeError, _O.TRANSPORT_ERROR),
        (httpx.RemoteProtocolError, UnknownOutcomeError, _O.TRANSPORT_ERROR),
    ],
)
def test_whether_anything_was_sent_is_told_apart(
    error: type[httpx.TransportError], raised: type[Exception], refund: EvidenceOutcome
) -> None:
    def lose(_: httpx.Request) -> httpx.Response:
        raise error("secret detail")

    gateway = answered(lose)
    with pytest.raises(raised, match=error.__name__) as failed:
        gateway.prepare(REQUEST)
    assert "secret detail" not in str(failed.value)
    assert gateway.inquire(REQUEST).outcome is _O.TRANSPORT_ERROR
    assert gateway.refund(refund_of(REQUEST)).outcome is refund
    with pytest.raises(TransientError):
        gateway.list_transactions(clock.kuwait_date(clock.now()))


@pytest.mark.parametrize(
    ("status", "raised", "inquiry", "refund"),
    [
        (400, PermanentError, _O.TRANSPORT_ERROR, _O.DECLINED),
        (401, PermanentError, _O.CONFIG_ERROR, _O.CONFIG_ERROR),
        (403, PermanentError, _O.CONFIG_ERROR, _O.CONFIG_ERROR),
        (404, PermanentError, _O.NOT_FOUND, _O.DECLINED),
        (409, UnknownOutcomeError, _O.TRANSPORT_ERROR, _O.TRANSPORT_ERROR),
        (429, TransientError, _O.TRANSPORT_ERROR, _O.NOT_SENT),
        (302, UnknownOutcomeError, _O.TRANSPORT_ERROR, _O.TRANSPORT_ERROR),
        (500, UnknownOutcomeError, _O.TRANSPORT_ERROR, _O.TRANSPORT_ERROR),
        (503, UnknownOutcomeError, _O.TRANSPORT_ERROR, _O.TRANSPORT_ERROR),
    ],
)
def test_each_status_of_http_has_its_meaning(
    status: int, raised: type[Exception], inquiry: EvidenceOutcome, refund: EvidenceOutcome
) -> None:
    gateway = answered(lambda _: httpx.Response(status, json=CHARGE))
    with pytest.raises(raised):
        gateway.prepare(REQUEST)
    assert gateway.inquire(REQUEST).outcome is inquiry
    assert gateway.refund(refund_of(REQUEST)).outcome is refund


@pytest.mark.parametrize(
    ("different", "meaning"),
    [
        ({}, _O.CAPTURED),
        ({"auto_reversed": True}, _O.VOIDED),
        ({"auto_reversed": "no"}, _O.UNRECOGNISED),
        ({"auto_reversed": 0}, _O.UNRECOGNISED),
        ({"currency": "USD"}, _O.CAPTURED),
        ({"currency": "usd"}, _O.MALFORMED),
        ({"currency": None}, _O.MALFORMED),
        ({"amount": 10.0001}, _O.MALFORMED),
        ({"amount": "10.000"}, _O.MALFORMED),
        ({"amount": None}, _O.MALFORMED),
        ({"status": "VOID"}, _O.VOIDED),
        ({"status": "FAILED"}, _O.DECLINED),
        ({"status": "DECLINED"}, _O.DECLINED),
        ({"status": "RESTRICTED"}, _O.DECLINED),
        ({"status": "CANCELLED"}, _O.CANCELLED),
        ({"status": "ABANDONED"}, _O.NOT_FOUND),
        ({"status": "INITIATED"}, _O.IN_PROGRESS),
        ({"status": "IN_PROGRESS"}, _O.IN_PROGRESS),
        ({"status": "TIMEDOUT"}, _O.HOST_TIMEOUT),
        ({"status": "UNKNOWN"}, _O.HOST_TIMEOUT),
        ({"status": "captured"}, _O.UNRECOGNISED),
        ({"status": "SETTLED"}, _O.UNRECOGNISED),
        ({"status": ""}, _O.TRANSPORT_ERROR),
        ({"status": ["CAPTURED"]}, _O.TRANSPORT_ERROR),
        ({"id": "chg_TS_2"}, _O.TRANSPORT_ERROR),
    ],
)
def test_each_status_of_a_charge_has_its_meaning(different: dict[str, object], meaning: EvidenceOutcome) -> None:
    assert inquired(**different).outcome is meaning


def test_a_capture_in_another_currency_has_no_sum() -> None:
    assert inquired(currency="USD").amount is None
    assert inquired().amount == REQUEST.amount


def test_the_trackid_of_the_charge_is_reported_as_it_is() -> None:
    assert inquired(reference={"transaction": "RP2"}).trackid == "RP2"
    assert inquired(reference={}).trackid == REQUEST.trackid


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{", b"[]", b'{"id": "chg_TS_1", "id": "chg_TS_1"}', b"{}" + b" " * 2_000_000]
)
def test_what_is_no_answer_says_nothing(body: bytes) -> None:
    gateway = answered(lambda _: httpx.Response(200, content=body))
    assert gateway.inquire(REQUEST).outcome is _O.TRANSPORT_ERROR
    assert gateway.refund(refund_of(REQUEST)).outcome is _O.TRANSPORT_ERROR
    with pytest.raises(UnknownOutcomeError):
        gateway.prepare(REQUEST)


@pytest.mark.parametrize(
    ("different", "meaning"),
    [
        ({}, _O.REFUNDED),
        ({"status": "PENDING"}, _O.IN_PROGRESS),
        ({"status": "IN_PROGRESS"}, _O.IN_PROGRESS),
        ({"status": "DECLINED"}, _O.DECLINED),
        ({"status": "FAILED"}, _O.DECLINED),
        ({"status": "CANCELED"}, _O.DECLINED),
        ({"status": "TIMEDOUT"}, _O.HOST_TIMEOUT),
        ({"status": "SENT"}, _O.UNRECOGNISED),
        ({"amount": 9.999}, _O.MALFORMED),
        ({"amount": "10"}, _O.MALFORMED),
        ({"currency": "USD"}, _O.MALFORMED),
        ({"charge_id": "chg_TS_2"}, _O.MALFORMED),
        ({"id": "chg_TS_2"}, _O.MALFORMED),
        ({"status": "REFUNDED\n"}, _O.MALFORMED),
    ],
)
def test_each_status_of_a_refund_has_its_meaning(different: dict[str, object], meaning: EvidenceOutcome) -> None:
    told = {"id": "re_1", "status": "REFUNDED", "amount": 10, "currency": "KWD", "charge_id": "chg_TS_1"}
    gateway = answered(lambda _: httpx.Response(200, json={**told, **different}))
    assert gateway.refund(refund_of(REQUEST)).outcome is meaning


def test_a_refund_that_is_looked_up_must_be_the_one_that_was_asked_for() -> None:
    told = {"id": "re_1", "status": "REFUNDED", "amount": 10, "currency": "KWD", "charge_id": "chg_TS_1"}
    gateway = answered(lambda _: httpx.Response(200, json=told))
    known = replace(refund_of(REQUEST), refund_reference="re_2")
    assert gateway.lookup_refund(known).outcome is _O.MALFORMED
    assert gateway.lookup_refund(replace(known, refund_reference="re_1")).outcome is _O.REFUNDED


@pytest.mark.parametrize("name", ["chg_../charges", "chg_", "re_1", "chg_1?x", "chg_é"])
def test_what_is_no_name_of_taps_never_becomes_an_address(name: str) -> None:
    gateway = answered(lambda request: pytest.fail(str(request.url)))
    for ask in (gateway.inquire, gateway.prepare):
        with pytest.raises(PermanentError):
            ask(replace(REQUEST, paymentid=name))
    with pytest.raises(PermanentError):
        gateway.refund(replace(refund_of(REQUEST), paymentid=name))
    with pytest.raises(PermanentError):
        gateway.lookup_refund(replace(refund_of(REQUEST), refund_reference=f"re_/{name}"))


@pytest.mark.parametrize("page", [{}, {"charges": {}}, {"charges": [1]}, {"charges": [], "has_more": True}])
def test_a_list_that_cannot_be_read_is_no_empty_list(page: dict[str, object]) -> None:
    day = clock.kuwait_date(clock.now())
    with pytest.raises(TransientError, match=f"list of {clock.written_day(day)} cannot be read"):
        answered(lambda _: httpx.Response(200, json=page)).list_transactions(day)


def test_a_list_that_turns_in_a_circle_is_left() -> None:
    page = {"charges": [{**CHARGE, "transaction": {"created": "1"}}], "has_more": True}
    with pytest.raises(TransientError):
        answered(lambda _: httpx.Response(200, json=page)).list_transactions(clock.kuwait_date(clock.now()))


def test_a_certificate_that_nobody_vouches_for_ends_the_conversation(tmp_path: Path) -> None:
    asked: list[str] = []
    app = FastAPI()
    app.add_api_route("/{rest:path}", lambda rest: asked.append(str(rest)), methods=["GET", "POST"])
    with served(app, certificate=self_signed(tmp_path / "server.pem")) as url:
        gateway = TapGateway(tap_settings(url))
        with pytest.raises(TransientError, match="ConnectError"):
            gateway.prepare(REQUEST)
        assert gateway.inquire(REQUEST).outcome is _O.TRANSPORT_ERROR
        assert gateway.refund(refund_of(REQUEST)).outcome is _O.NOT_SENT
        gateway.close()
    assert asked == []

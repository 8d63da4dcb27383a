"""The inquiry when the other side misbehaves: it never raises, and never takes noise for an answer."""

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from fastapi import FastAPI

from infra import clock
from infra.gateway import Evidence, PaymentRequest
from infra.gateway.knet import KnetGateway
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.service import Language
from tests.sandbox_world import knet_settings, served

REQUEST = PaymentRequest(
    trackid="RP00000000000000001",
    amount=Money(10_000),
    language=Language.ARABIC,
    response_url="https://m.test/knet/response",
    error_url="https://m.test/knet/error",
    return_url="https://m.test/pay/return",
    case_reference="R-2026-000042",
)


def inquire(handler: Callable[[httpx.Request], httpx.Response]) -> Evidence:
    with httpx.Client(transport=httpx.MockTransport(handler)) as client:
        return KnetGateway(knet_settings("https://knet.test"), client=client).inquire(REQUEST)


def answer(body: str | bytes, status: int = 200) -> Evidence:
    return inquire(lambda _: httpx.Response(status, content=body))


def test_the_question_is_bare_elements_by_our_trackid() -> None:
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, content=b"<result>CAPTURED</result>")

    inquire(note)
    assert str(asked[0].url) == "https://knet.test/kpg/tranPipe.htm?param=tranInit"
    assert asked[0].headers["content-type"] == "application/xml"
    assert asked[0].content == (
        b"<id>900001</id><password>sandboxpw</password><action>8</action><amt>10.000</amt>"
        b"<transid>RP00000000000000001</transid><trackid>RP00000000000000001</trackid><udf5>TrackID</udf5>"
    )


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<html><head></head><body><form action='InvalidAccess.htm'></form></body></html>",
        "<html>",
        "Maintenance",
        "<result>CAPTURED</result><result>NOT CAPTURED</result>",
        "<result>CAPTURED</result><Result>NOT CAPTURED</Result>",
        "<result>CAPT",
        "<amt>10.000</amt>",
        "<result></result>",
        "<!DOCTYPE x [<!ENTITY e 'CAPTURED'>]><result>&e;</result>",
        "<result>&e;</result>",
        b"<result>\xff</result>",
        "<result>CAPTURED</result>" + " " * 70_000,
    ],
)
def test_what_is_no_answer_is_a_transport_error(body: str | bytes) -> None:
    evidence = answer(body)
    assert evidence.outcome is EvidenceOutcome.TRANSPORT_ERROR
    assert evidence.trackid == REQUEST.trackid


@pytest.mark.parametrize("status", [204, 302, 404, 500, 503])
def test_any_status_but_200_is_a_transport_error(status: int) -> None:
    assert answer("<result>CAPTURED</result>", status).outcome is EvidenceOutcome.TRANSPORT_ERROR


@pytest.mark.parametrize("error", [httpx.ReadTimeout, httpx.ConnectError, httpx.RemoteProtocolError])
def test_a_lost_connection_is_a_transport_error(error: type[httpx.TransportError]) -> None:
    def lose(_: httpx.Request) -> httpx.Response:
        raise error("secret detail")

    evidence = inquire(lose)
    assert evidence.outcome is EvidenceOutcome.TRANSPORT_ERROR
    assert evidence.result_text == error.__name__


def test_a_port_where_nobody_listens_is_a_transport_error() -> None:
    gateway = KnetGateway(knet_settings("http://127.0.0.1:1"))
    assert gateway.inquire(REQUEST).outcome is EvidenceOutcome.TRANSPORT_ERROR
    gateway.close()


def test_a_certificate_that_nobody_vouches_for_ends_the_conversation(tmp_path: Path) -> None:
    asked: list[str] = []
    app = FastAPI()
    app.add_api_route("/kpg/tranPipe.htm", lambda: asked.append("asked"), methods=["POST"])
    with served(app, certificate=self_signed(tmp_path / "server.pem")) as url:
        gateway = KnetGateway(knet_settings(url))
        evidence = gateway.inquire(REQUEST)
        gateway.close()
    assert (evidence.outcome, evidence.result_text) == (EvidenceOutcome.TRANSPORT_ERROR, "ConnectError")
    assert asked == []


def self_signed(path: Path) -> Path:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(clock.now() - timedelta(days=1))
        .not_valid_after(clock.now() + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
    return path


def test_a_root_around_the_answer_is_no_obstacle() -> None:
    evidence = answer("<response><result>SUCCESS</result><amt>10.000</amt><payid>1</payid></response>")
    assert (evidence.outcome, evidence.paymentid) == (EvidenceOutcome.CAPTURED, "1")


def test_what_knet_left_out_counts_as_asked_but_an_amount_is_never_filled_in() -> None:
    evidence = answer("<result>CAPTURED</result><trackid></trackid>")
    assert (evidence.trackid, evidence.amount) == (REQUEST.trackid, None)
    assert evidence.outcome is EvidenceOutcome.MALFORMED


def test_another_trackid_and_amount_are_reported_as_they_came() -> None:
    evidence = answer("<result>CAPTURED</result><trackid>RP2</trackid><amt>10.001</amt>")
    assert (evidence.trackid, evidence.amount) == ("RP2", Money(10_001))


def test_an_amount_in_another_form_is_malformed() -> None:
    evidence = answer("<result>CAPTURED</result><amt>10.0</amt>")
    assert (evidence.outcome, evidence.amount) == (EvidenceOutcome.MALFORMED, None)

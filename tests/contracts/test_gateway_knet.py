"""The KNET adapter against the sandbox's KNET, over HTTP, with a payer who walks the pages."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from infra.gateway import MalformedMessageError, PaymentRequest
from infra.gateway.knet import KnetGateway
from infra.gateway.knet_cipher import TrandataCipher
from infra.sandbox.payer import Behaviour, pay
from infra.sandbox.settings import NotificationBody
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.service import Language
from tests.sandbox_world import World, knet_settings, sandbox_world
from tests.unit.test_knet_cipher import KEY


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


def payment(world: World, behaviour: Behaviour, request: PaymentRequest | None = None) -> PaymentRequest:
    request = request or world.merchant.request()
    pay(world.merchant.pay_url(request), behaviour)
    return request


@pytest.mark.parametrize("body", NotificationBody)
def test_an_approved_payment_is_notified_acknowledged_and_found(tmp_path: Path, body: NotificationBody) -> None:
    with sandbox_world(tmp_path, notification_body=body) as world:
        request = world.merchant.request()
        last_page = pay(world.merchant.pay_url(request), Behaviour.APPROVE)
        assert last_page == f"{world.merchant.url}/pay/return/{request.trackid}"
        notified, inquired = world.merchant.notified[0], world.merchant.gateway.inquire(request)
        for evidence in (notified, inquired):
            assert evidence.outcome is EvidenceOutcome.CAPTURED
            assert evidence.amount == Money(120_000)
            assert evidence.trackid == request.trackid
        assert notified.tranid == inquired.tranid != ""
        assert notified.paymentid == inquired.paymentid == world.ledger()[request.trackid]["paymentid"]
        assert world.ledger()[request.trackid]["acknowledged"] is True


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [(Behaviour.DECLINE, EvidenceOutcome.DECLINED), (Behaviour.CANCEL, EvidenceOutcome.CANCELLED)],
)
def test_a_payment_that_takes_no_money_says_so_twice(
    world: World, behaviour: Behaviour, outcome: EvidenceOutcome
) -> None:
    request = payment(world, behaviour)
    assert world.merchant.notified[0].outcome is outcome
    assert world.merchant.gateway.inquire(request).outcome is outcome


def test_a_cancelled_payment_has_no_numbers_of_the_bank(world: World) -> None:
    payment(world, Behaviour.CANCEL)
    notified = world.merchant.notified[0]
    assert (notified.tranid, notified.ref, notified.auth) == ("", "", "")


def test_an_abandoned_payment_is_not_found_and_notifies_nobody(world: World) -> None:
    request = payment(world, Behaviour.ABANDON)
    assert world.merchant.notified == []
    assert world.merchant.gateway.inquire(request).outcome is EvidenceOutcome.NOT_FOUND


def test_a_payment_after_the_time_limit_goes_to_the_error_address(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, page_ttl=timedelta(0)) as world:
        request = world.merchant.request()
        last_page = httpx.URL(pay(world.merchant.pay_url(request), Behaviour.APPROVE))
        assert last_page.path == "/knet/error"
        evidence = world.merchant.gateway.parse_inbound(last_page.query, {})
        assert (evidence.trackid, evidence.result_text) == (request.trackid, "IPAY0100042")
        assert world.merchant.notified == []


@pytest.mark.parametrize(
    "answer",
    [
        PlainTextResponse("OK"),
        PlainTextResponse("REDIRECT=https://m.test/return\n"),
        PlainTextResponse(" REDIRECT=https://m.test/return"),
        PlainTextResponse("<html>REDIRECT=https://m.test/return</html>"),
        PlainTextResponse("REDIRECT=/return"),
        PlainTextResponse("REDIRECT=https://m.test/" + "x" * 2000),
        PlainTextResponse("REDIRECT=https://m.test/return", status_code=500),
        RedirectResponse("https://m.test/return"),
    ],
)
def test_a_capture_that_is_not_acknowledged_exactly_is_voided(world: World, answer: Response) -> None:
    world.merchant.answer = answer
    request = payment(world, Behaviour.APPROVE)
    assert world.ledger()[request.trackid]["voided"] is True
    assert world.merchant.gateway.inquire(request).outcome is EvidenceOutcome.VOIDED


def test_a_capture_whose_notification_reaches_nobody_is_voided(world: World) -> None:
    request = world.merchant.request()
    nobody = replace(request, response_url="http://127.0.0.1:1/knet/response")
    world.merchant.requests[request.trackid] = nobody
    assert "/kpg/payment.htm" in pay(world.merchant.pay_url(nobody), Behaviour.APPROVE)
    assert world.merchant.gateway.inquire(nobody).outcome is EvidenceOutcome.VOIDED


def test_a_forged_callback_reads_as_captured_and_the_inquiry_denies_it(world: World) -> None:
    """Whoever learns the key can write any callback: that is why a callback is no proof."""
    request = payment(world, Behaviour.DECLINE)
    forged = TrandataCipher(KEY).encrypt(f"result=CAPTURED&trackid={request.trackid}&amt=120.000")
    assert world.merchant.gateway.parse_inbound(forged.encode(), {}).outcome is EvidenceOutcome.CAPTURED
    assert world.merchant.gateway.inquire(request).outcome is EvidenceOutcome.DECLINED
    with pytest.raises(MalformedMessageError):
        world.merchant.gateway.parse_inbound(b"trandata=" + forged[:-32].encode(), {})


def test_a_trackid_is_paid_once(world: World) -> None:
    for behaviour, code in ((Behaviour.ABANDON, "IPAY0100040"), (Behaviour.APPROVE, "IPAY0100114")):
        request = payment(world, behaviour)
        again = httpx.get(world.merchant.gateway.prepare(request).url)
        assert again.headers["location"].startswith(f"{request.error_url}?Error={code}&")
        error = world.merchant.gateway.parse_inbound(httpx.URL(again.headers["location"]).query, {})
        assert (error.outcome, error.trackid) == (EvidenceOutcome.IN_PROGRESS, request.trackid)


def test_a_page_is_submitted_once(world: World) -> None:
    request = payment(world, Behaviour.APPROVE)
    card = {"paymentid": str(world.ledger()[request.trackid]["paymentid"]), "action": "cancel"}
    again = httpx.post(f"{world.url}/kpg/payment.htm", data=card)
    assert "Error=IPAY0100055" in again.headers["location"]
    assert len(world.merchant.notified) == 1


def test_a_wrong_card_stays_on_the_page(world: World) -> None:
    request = payment(world, Behaviour.ABANDON)
    card = {"paymentid": str(world.ledger()[request.trackid]["paymentid"]), "action": "submit", "card": "4111"}
    assert httpx.post(f"{world.url}/kpg/payment.htm", data=card).status_code == 422
    assert world.ledger()[request.trackid]["result"] is None


@pytest.mark.parametrize(
    ("password", "key", "code"),
    [("wrong", "0123456789ABCDEF", "IPAY0100015"), ("sandboxpw", "FEDCBA9876543210", "IPAY0100176")],
)
def test_a_wrong_credential_is_refused_at_the_page(world: World, password: str, key: str, code: str) -> None:
    gateway = KnetGateway(knet_settings(world.url, password=password, key=key))
    page = httpx.get(gateway.prepare(world.merchant.request()).url)
    assert code in page.text
    assert "not a bank or a ministry" in page.text
    assert "ليست صفحة بنك ولا وزارة" in page.text
    assert world.ledger() == {}


def test_a_wrong_password_at_the_inquiry_is_our_configuration(world: World) -> None:
    request = payment(world, Behaviour.APPROVE)
    gateway = KnetGateway(knet_settings(world.url, password="wrong"))
    assert gateway.inquire(request).outcome is EvidenceOutcome.CONFIG_ERROR
    gateway.close()


@pytest.mark.parametrize(("language", "word"), [(Language.ARABIC, "إلغاء"), (Language.ENGLISH, "Cancel")])
def test_the_hosted_page_speaks_the_payers_language_and_is_no_bank(world: World, language: Language, word: str) -> None:
    page = httpx.get(world.merchant.gateway.prepare(world.merchant.request(language=language)).url).text
    assert f'lang="{language}"' in page
    assert word in page
    assert "not a bank or a ministry" in page
    assert "ليست صفحة بنك ولا وزارة" in page


def test_garbage_is_answered_with_a_page_as_knet_does(world: World) -> None:
    reply = httpx.post(f"{world.url}/kpg/tranPipe.htm", content=b"<id>1</id><id>2")
    assert reply.headers["content-type"].startswith("text/html")


def test_the_books_survive_a_restart(tmp_path: Path) -> None:
    with sandbox_world(tmp_path) as world:
        request = payment(world, Behaviour.APPROVE)
        before = world.ledger()
    with (tmp_path / "books.jsonl").open("a") as journal:
        journal.write('{"paymentid": "cut sh')
    with sandbox_world(tmp_path) as world:
        assert world.ledger() == before
        assert world.merchant.gateway.inquire(request).outcome is EvidenceOutcome.CAPTURED

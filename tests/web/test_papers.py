"""Receipts as they were issued, the check of their seals, and what every answer carries."""

from uuid import UUID

import pytest
from pydantic import SecretStr

from infra.clock import KUWAIT
from infra.payments.refund_requests import approve_refund, request_refund
from infra.payments.refunding import send_refund
from infra.receipts.seal import public_key as public
from infra.receipts.seal import seal, verify
from models.case import Case, CaseStatus
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.receipt import Receipt
from tests.site import Site
from tests.world import World

ANOTHER_KEY = SecretStr("ICAfHh0cGxoZGBcWFRQTEhEQDw4NDAsKCQgHBgUEAwI=")


def test_issued_receipt_is_the_stored_file(world: World, site: Site) -> None:
    world.at(CaseStatus.COMPLETED)
    [receipt] = world.rows(Receipt)
    answer = site.get(f"/receipts/{receipt.id}.pdf")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == f'inline; filename="{receipt.number}.pdf"'
    assert answer.content == world.store.get(receipt.object_key or "", sha256=receipt.sha256 or "")


def test_receipt_that_is_numbered_but_not_issued_is_not_there(world: World, site: Site) -> None:
    case_id = world.at(CaseStatus.EXTENDED)
    world.store.writes_left = 0
    with pytest.raises(Exception, match="store"):
        world.step(case_id)
    [receipt] = world.rows(Receipt)
    assert site.get(f"/receipts/{receipt.id}.pdf").status_code == 404


def test_while_the_store_is_silent_a_page_asks_to_come_back(world: World, site: Site) -> None:
    world.at(CaseStatus.COMPLETED)
    [receipt] = world.rows(Receipt)
    world.store.is_silent = True
    answer = site.get(f"/receipts/{receipt.id}.pdf")
    assert (answer.status_code, answer.headers["cache-control"]) == (503, "no-store")
    assert "Try again in a minute" in answer.text
    assert "بعد دقيقة" in answer.text


@pytest.mark.parametrize(
    ("by", "why"),
    [
        ("refund", ("The payment was refunded", "أُعيد المبلغ إلى الدافع")),
        ("bank", ("The bank took the payment back", "استرجع البنك المبلغ")),
    ],
)
def test_receipt_that_was_revoked_is_not_shown_and_its_link_and_its_seal_say_since_when_and_why(
    world: World, site: Site, by: str, why: tuple[str, str]
) -> None:
    text = sealed_text(world)
    [receipt] = world.rows(Receipt)
    [case] = world.rows(Case)
    revoke(world, case.id, by=by)
    since = f"{world.ports.now().astimezone(KUWAIT):%d/%m/%Y %H:%M}"
    for path in (f"/receipts/{receipt.id}.pdf", f"/v/{text}"):
        answer = site.get(path)
        assert (answer.status_code, answer.headers["content-type"]) == (410, "text/html; charset=utf-8")
        for wanted in ("This receipt was revoked", "أُلغي هذا الإيصال", *why, since, receipt.number, case.reference):
            assert wanted in answer.text


def revoke(world: World, case_id: UUID, *, by: str) -> None:
    if by == "bank":
        [attempt] = world.attempts(case_id)
        world.gateway.next_answers.append(EvidenceOutcome.VOIDED)
        world.settle(attempt)
        return
    order, left = world.order(case_id), Money(world.order(case_id).amount_fils)
    key = request_refund(world.ports, order.id, amount=None, believed_left=left, reason="in error", actor="sara")
    approve_refund(world.ports, key, actor="omar")
    send_refund(world.ports, key, actor="settle")


def test_seal_page_calls_the_case_as_the_receipt_does(world: World, site: Site) -> None:
    shown = site.get(f"/v/{sealed_text(world)}").text
    for word in ("رقم المعاملة", "Case reference", "رقم الإيصال", "Receipt number"):
        assert word in shown


def sealed_text(world: World) -> str:
    """The text of the QR code on the one receipt that was issued."""
    world.at(CaseStatus.COMPLETED)
    return world.pool.views[-1].qr_text.rsplit("/", 1)[-1]


@pytest.mark.parametrize("address", ["/v/{}", "/V/{}"])
def test_true_seal_is_confirmed_with_what_it_vouches_for(world: World, site: Site, address: str) -> None:
    answer = site.get(address.format(sealed_text(world)))
    [receipt] = world.rows(Receipt)
    assert answer.status_code == 200
    assert receipt.number in answer.text
    assert ">120.000 د.ك.<" in answer.text
    assert ">KD 120.000<" in answer.text
    assert "This receipt was issued by this service" in answer.text


def test_seal_of_another_key_is_not_ours(world: World, site: Site) -> None:
    payload = verify(sealed_text(world), public(world.ports.settings.seal_key))
    answer = site.get(f"/v/{seal(payload, ANOTHER_KEY)}")
    assert answer.status_code == 404
    assert "This seal is not from this service" in answer.text


@pytest.mark.parametrize("place", [0, 20, 60, -1])
def test_altered_seal_is_not_ours(world: World, site: Site, place: int) -> None:
    text = sealed_text(world)
    letters = list(text)
    letters[place] = "A" if letters[place] != "A" else "B"
    answer = site.get(f"/v/{''.join(letters)}")
    assert (answer.status_code, "not from this service" in answer.text) == (404, True)


@pytest.mark.parametrize("text", ["A", "ختم", "0" * 5000, "%00", "a b"])
def test_what_is_no_seal_at_all_is_not_ours(site: Site, text: str) -> None:
    assert site.get(f"/v/{text}").status_code == 404


@pytest.mark.parametrize("path", ["/health", "/pay/1", "/knet/error", "/v/A", "/nowhere"])
def test_every_answer_carries_the_headers_of_a_cautious_site(site: Site, path: str) -> None:
    headers = site.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_health_and_nothing_about_the_routes(site: Site) -> None:
    assert site.get("/health").json() == {"status": "ok"}
    assert {site.get(path).status_code for path in ("/docs", "/redoc", "/openapi.json")} == {404}

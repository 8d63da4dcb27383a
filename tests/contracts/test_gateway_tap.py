"""The Tap adapter against the sandbox's Tap, over HTTP: every way in which a payment over Tap can go wrong."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.responses import Response

from infra import clock
from infra.errors import PermanentError, UnknownOutcomeError
from infra.gateway import PaymentRequest
from infra.gateway.tap import TapGateway
from infra.gateway.tap_connection import TapRefusalError
from infra.sandbox.payer import Behaviour
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import PostingKind
from models.service import Language
from tests.tap_world import TapWorld, refund_of, tap_settings, tap_world

_O = EvidenceOutcome


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[TapWorld]:
    with tap_world(tmp_path) as running:
        yield running


def outcome(tap: TapWorld, request: PaymentRequest) -> EvidenceOutcome:
    return tap.gateway.inquire(request).outcome


def test_an_approved_payment_is_told_under_the_key_and_found(tap: TapWorld) -> None:
    request = tap.begun()
    last_page = httpx.URL(tap.pays(request))
    assert (last_page.path, last_page.params["tap_id"]) == ("/pay/return", request.paymentid)
    (told,), found = tap.merchant.notified, tap.gateway.inquire(request)
    for evidence in (told, found):
        assert (evidence.outcome, evidence.amount, evidence.trackid) == (_O.CAPTURED, Money(120_000), request.trackid)
        assert (evidence.paymentid, evidence.tranid) == (request.paymentid, tap.line(request)["tranid"])
    assert told.under_key
    assert b"auto_reversed" in found.raw
    assert tap.line(request)["acknowledged"] is True


def test_s28_a_webhook_with_a_bad_hash_is_refused_and_the_charge_tells(tap: TapWorld) -> None:
    request = tap.paid(webhook={"bad_hash": True})
    assert len(tap.merchant.bodies) == 3
    assert tap.merchant.notified == []
    assert tap.line(request)["acknowledged"] is False
    assert outcome(tap, request) is _O.CAPTURED


@pytest.mark.parametrize(("amount", "shown"), [("10.000", "10,"), ("0.500", "0.5,"), ("120.005", "120.005,")])
def test_s28_an_amount_that_is_shown_short_is_signed_with_three_decimals(
    tap: TapWorld, amount: str, shown: str
) -> None:
    request = tap.known(tap.merchant.request(amount=amount))
    tap.pays(request)
    assert f'"amount": {shown}'.encode() in tap.merchant.bodies[0]
    assert tap.merchant.notified[0].amount == tap.gateway.inquire(request).amount == Money.parse(amount)


def test_s28_after_three_failures_there_is_silence_and_the_payment_stands(tap: TapWorld) -> None:
    tap.merchant.answer = Response(status_code=500)
    request = tap.paid()
    assert len(tap.merchant.bodies) == 3
    tap.advance(hours=2)
    assert len(tap.merchant.bodies) == 3
    assert tap.line(request) | {"deliveries": 3, "acknowledged": False, "voided": False} == tap.line(request)
    assert outcome(tap, request) is _O.CAPTURED


def test_s28_a_page_that_nobody_paid_on_is_abandoned_without_a_webhook(tap: TapWorld) -> None:
    request = tap.begun()
    tap.pays(request, Behaviour.ABANDON)
    assert outcome(tap, request) is _O.IN_PROGRESS
    tap.advance(minutes=15)
    found = tap.gateway.inquire(request)
    assert (found.outcome, found.result_text) == (_O.NOT_FOUND, "ABANDONED")
    assert tap.merchant.bodies == []


def test_an_abandoned_page_takes_no_money_afterwards(tap: TapWorld) -> None:
    request = tap.begun()
    page = tap.gateway.prepare(request).url
    tap.advance(minutes=15)
    late = httpx.post(page, data={"action": "submit", "card": "8888880000000001", "expiry": "09/2030", "pin": "1234"})
    assert late.headers["location"].endswith(f"?tap_id={request.paymentid}")
    assert tap.line(request)["captured"] is None


def test_s28_within_a_day_the_same_attempt_is_the_same_charge(tap: TapWorld) -> None:
    request = tap.paid()
    tap.advance(hours=23, minutes=59)
    again = tap.gateway.prepare(request)
    assert again.paymentid == request.paymentid
    assert len(tap.lines()) == 1


def test_s28_after_a_day_the_same_attempt_would_be_another_charge(tap: TapWorld) -> None:
    request = tap.begun()
    assert tap.gateway.capabilities.submit_again_within == timedelta(hours=23)
    tap.advance(hours=24)
    assert tap.gateway.prepare(request).paymentid != request.paymentid
    assert [line["trackid"] for line in tap.lines()] == [request.trackid] * 2


@pytest.mark.parametrize("after", [0, 60])
def test_s28_a_capture_that_tap_reverses_by_itself_is_voided(tap: TapWorld, after: int) -> None:
    request = tap.paid(auto_reversed_after_seconds=after)
    tap.advance(seconds=after)
    assert outcome(tap, request) is _O.VOIDED
    assert (tap.line(request)["voided"], tap.merchant.notified[0].outcome) == (
        True,
        _O.CAPTURED if after else _O.VOIDED,
    )
    assert tap.today() == {(PostingKind.REVERSAL, request.trackid): Money(120_000)}


@pytest.mark.parametrize("status", ["TIMEDOUT", "UNKNOWN"])
@pytest.mark.parametrize(("later", "then"), [("CAPTURED", _O.CAPTURED), ("DECLINED", _O.DECLINED), ("VOID", _O.VOIDED)])
def test_s28_what_tap_calls_failed_for_want_of_an_answer_is_not_known_yet(
    tap: TapWorld, status: str, later: str, then: EvidenceOutcome
) -> None:
    request = tap.paid(ends_as=status, becomes={"status": later, "after_seconds": 600})
    assert tap.merchant.notified[0].outcome is outcome(tap, request) is _O.HOST_TIMEOUT
    tap.advance(seconds=600)
    assert outcome(tap, request) is then


@pytest.mark.parametrize("status", ["DECLINED", "FAILED", "RESTRICTED"])
def test_a_payment_that_took_no_money_is_declined(tap: TapWorld, status: str) -> None:
    request = tap.paid(ends_as=status, code="505")
    found = tap.gateway.inquire(request)
    assert (found.outcome, found.fields["response.code"]) == (_O.DECLINED, "505")
    assert tap.line(request)["captured"] is None


def test_a_wrong_card_is_declined_and_who_cancels_cancels(tap: TapWorld) -> None:
    assert outcome(tap, tap.paid(Behaviour.DECLINE)) is _O.DECLINED
    cancelled = tap.paid(Behaviour.CANCEL, ends_as="CAPTURED")
    assert outcome(tap, cancelled) is _O.CANCELLED
    assert tap.gateway.inquire(cancelled).tranid == ""


def test_a_capture_of_another_sum_is_reported_as_it_is(tap: TapWorld) -> None:
    found = tap.gateway.inquire(tap.paid(amount_off_by_fils=-1))
    assert (found.outcome, found.amount) == (_O.CAPTURED, Money(119_999))


def test_deliveries_that_are_lost_on_the_way_do_not_matter(tap: TapWorld) -> None:
    heard, unheard = tap.paid(webhook={"lost": 2}), tap.paid(webhook={"lost": 3})
    assert [each.trackid for each in tap.merchant.notified] == [heard.trackid]
    assert outcome(tap, unheard) is _O.CAPTURED


def test_a_genuine_webhook_with_another_trackid_passes_for_read_and_the_charge_denies_it(tap: TapWorld) -> None:
    """Tap signs neither the trackid nor the order: that is why a webhook is no proof."""
    victim, paid = tap.begun(), tap.paid()
    forged = tap.merchant.bodies[0].replace(paid.trackid.encode(), victim.trackid.encode())
    assert tap.gateway.parse_inbound(forged, tap.merchant.headers[0]).trackid == victim.trackid
    assert outcome(tap, victim) is _O.IN_PROGRESS


@pytest.mark.parametrize(
    "fault", [*({"answer": each} for each in ("drop", "500", "html", "truncate")), {"answer": "delay", "seconds": 2.5}]
)
def test_a_charge_whose_answer_is_lost_was_perhaps_made_and_is_found_by_asking_again(
    tap: TapWorld, fault: dict[str, object]
) -> None:
    request = tap.merchant.request()
    tap.script(request, create=[fault])
    with pytest.raises(UnknownOutcomeError):
        tap.gateway.prepare(request)
    assert tap.line(request)["paymentid"] == tap.gateway.prepare(request).paymentid


def test_a_charge_that_was_not_made_is_made_by_asking_again(tap: TapWorld) -> None:
    request = tap.merchant.request()
    tap.script(request, create=[{"answer": "drop", "executed": False}])
    with pytest.raises(UnknownOutcomeError):
        tap.gateway.prepare(request)
    assert tap.lines() == []
    assert tap.gateway.prepare(request).paymentid == tap.line(request)["paymentid"]


def test_nothing_is_asked_about_a_charge_that_nobody_was_told_of(tap: TapWorld) -> None:
    assert outcome(tap, tap.merchant.request()) is _O.NOT_FOUND


def test_a_charge_that_tap_does_not_know_is_not_found(tap: TapWorld) -> None:
    assert outcome(tap, replace(tap.merchant.request(), paymentid="chg_TS_1")) is _O.NOT_FOUND


@pytest.mark.parametrize("fault", [{"answer": "drop"}, {"answer": "500"}, {"answer": "delay", "seconds": 2.5}])
def test_an_inquiry_that_is_not_answered_says_nothing(tap: TapWorld, fault: dict[str, object]) -> None:
    request = tap.paid(retrieve=[fault])
    assert [outcome(tap, request), outcome(tap, request)] == [_O.TRANSPORT_ERROR, _O.CAPTURED]


def test_a_wrong_key_is_our_configuration_and_does_nothing(tap: TapWorld) -> None:
    request = tap.paid()
    stranger = TapGateway(tap_settings(tap.url, "sk_test_wrong"))
    with pytest.raises(TapRefusalError, match="RENEWAL_TAP__SECRET_KEY") as refused:
        stranger.prepare(tap.merchant.request())
    assert (refused.value.http_status, refused.value.code) == (401, "2107")
    assert "sk_test" not in str(refused.value)
    assert stranger.inquire(request).outcome is _O.CONFIG_ERROR
    assert stranger.refund(refund_of(request)).outcome is _O.CONFIG_ERROR
    with pytest.raises(PermanentError):
        stranger.list_transactions(clock.kuwait_date(clock.now()))
    assert (len(tap.lines()), tap.line(request)["refunds"]) == (1, [])
    stranger.close()


@pytest.mark.parametrize(("language", "word"), [(Language.ARABIC, "إلغاء"), (Language.ENGLISH, "Cancel")])
def test_the_page_speaks_the_payers_language_and_is_no_bank(tap: TapWorld, language: Language, word: str) -> None:
    page = httpx.get(tap.gateway.prepare(tap.merchant.request(language=language)).url).text
    assert f'lang="{language}"' in page
    assert word in page
    assert "not a bank or a ministry" in page
    assert "ليست صفحة بنك ولا وزارة" in page


def test_the_next_script_is_for_the_next_charge_only(tap: TapWorld) -> None:
    tap.world.control("tap/scenarios", {"match": "next", "script": {"ends_as": "TIMEDOUT"}})
    assert [outcome(tap, tap.paid()), outcome(tap, tap.paid())] == [_O.HOST_TIMEOUT, _O.CAPTURED]


def test_a_misspelt_script_is_refused(tap: TapWorld) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="422"):
        tap.world.control("tap/scenarios", {"match": "next", "script": {"end_as": "TIMEDOUT"}})


def test_a_webhook_is_sent_once_more_by_request(tap: TapWorld) -> None:
    request = tap.paid(webhook={"lost": 3})
    assert tap.merchant.notified == []
    assert tap.world.control(f"tap/deliver/{request.trackid}") == {"acknowledged": True}
    assert [each.trackid for each in tap.merchant.notified] == [request.trackid]


def test_a_revoked_key_does_nothing_until_it_is_good_again(tap: TapWorld) -> None:
    request = tap.paid()
    tap.world.control("tap/key", {"revoked": True})
    assert outcome(tap, request) is _O.CONFIG_ERROR
    tap.world.control("tap/key", {"revoked": False})
    assert outcome(tap, request) is _O.CAPTURED


def test_a_refund_that_is_made_in_the_dashboard_stands_in_the_books_and_never_exceeds_the_charge(tap: TapWorld) -> None:
    request = tap.paid()
    tap.world.control("tap/portal/refunds", {"trackid": request.trackid, "amount": "1.000"})
    [made] = tap.line(request)["refunds"]
    assert (made["amount"], made["by"]) == ("1.000", "portal")
    assert tap.today()[PostingKind.REFUND, request.trackid] == Money(1_000)
    with pytest.raises(httpx.HTTPStatusError):
        tap.world.control("tap/portal/refunds", {"trackid": request.trackid, "amount": str(request.amount)})


def test_the_books_survive_a_restart(tmp_path: Path) -> None:
    with tap_world(tmp_path) as tap:
        request = tap.paid()
        tap.gateway.refund(refund_of(request, Money(1_000)))
        before = tap.lines()
    with tap_world(tmp_path) as tap:
        assert tap.lines() == before
        assert outcome(tap, request) is _O.CAPTURED

"""What every gateway's adapter must do: the same tests for each of them, against its sandbox over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from infra import clock
from infra.errors import PermanentError, TransientError
from infra.gateway import Lookup, MalformedMessageError, Notification, PaymentRequest
from infra.sandbox.payer import Behaviour
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import PostingKind
from tests.contracts.test_gateway_inquiry import self_signed
from tests.gateway_pairs import NAMES, SCRIPTS, Pair, gateway_pair
from tests.sandbox_world import served
from tests.tap_world import refund_of

_O = EvidenceOutcome
_NOT_KNOWN = set(EvidenceOutcome) - {_O.REFUNDED, _O.DECLINED, _O.IN_PROGRESS, _O.NOT_SENT}
_TOMORROW = timedelta(days=1)


@pytest.fixture(params=NAMES)
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    with gateway_pair(request.param, tmp_path) as running:
        yield running


def outcome(pair: Pair, request: PaymentRequest) -> EvidenceOutcome:
    return pair.gateway.inquire(request).outcome


def refunded(pair: Pair, request: PaymentRequest) -> Money:
    (line,) = pair.books(request)
    return Money.parse(line["refunded"])


def test_every_pair_knows_every_story() -> None:
    assert len({frozenset(stories) for stories in SCRIPTS.values()}) == 1
    assert len(SCRIPTS) > 1


def test_a_capture_is_told_and_found_with_the_same_numbers(pair: Pair) -> None:
    request = pair.pay()
    (told,), found, (line,) = pair.merchant.notified, pair.gateway.inquire(request), pair.books(request)
    for evidence in (told, found):
        assert (evidence.outcome, evidence.amount, evidence.trackid) == (_O.CAPTURED, request.amount, request.trackid)
        assert (evidence.paymentid, evidence.tranid) == (line["paymentid"], line["tranid"])
        assert evidence.tranid
    assert (told.under_key, found.raw != b"") == (True, True)
    assert (line["gateway"], line["captured"], line["acknowledged"], line["voided"]) == (
        pair.gateway.name,
        "120.000",
        True,
        False,
    )


@pytest.mark.parametrize(("behaviour", "meaning"), [(Behaviour.DECLINE, _O.DECLINED), (Behaviour.CANCEL, _O.CANCELLED)])
def test_a_payment_that_takes_no_money_says_so_twice(
    pair: Pair, behaviour: Behaviour, meaning: EvidenceOutcome
) -> None:
    request = pair.pay(behaviour=behaviour)
    assert pair.merchant.notified[0].outcome is outcome(pair, request) is meaning
    assert pair.books(request)[0]["captured"] is None


def test_a_page_that_nobody_paid_on_is_not_found_once_it_is_closed(pair: Pair) -> None:
    request = pair.pay(behaviour=Behaviour.ABANDON)
    assert outcome(pair, request) in {_O.NOT_FOUND, _O.IN_PROGRESS}
    pair.advance(minutes=15)
    assert outcome(pair, request) is _O.NOT_FOUND
    assert pair.merchant.notified == []


def test_an_attempt_that_never_left_our_side_is_not_found(pair: Pair) -> None:
    assert outcome(pair, pair.merchant.request()) is _O.NOT_FOUND


@pytest.mark.parametrize(("story", "then"), [("late capture", _O.CAPTURED), ("late decline", _O.DECLINED)])
def test_no_answer_of_the_cards_bank_is_not_a_failure(pair: Pair, story: str, then: EvidenceOutcome) -> None:
    request = pair.pay(story)
    assert outcome(pair, request) is _O.HOST_TIMEOUT
    pair.advance(seconds=61)
    assert outcome(pair, request) is then


def test_a_capture_that_nobody_told_us_of_is_found(pair: Pair) -> None:
    request = pair.pay("unheard")
    assert (pair.merchant.notified, outcome(pair, request)) == ([], _O.CAPTURED)


def test_another_amount_is_reported_to_the_fil(pair: Pair) -> None:
    found = pair.gateway.inquire(pair.pay("a fil less"))
    assert (found.outcome, found.amount) == (_O.CAPTURED, Money(119_999))


@pytest.mark.parametrize("story", ["inquiry dropped", "inquiry broken"])
def test_an_inquiry_without_an_answer_says_nothing_and_is_asked_again(pair: Pair, story: str) -> None:
    request = pair.pay(story)
    assert [outcome(pair, request), outcome(pair, request)] == [_O.TRANSPORT_ERROR, _O.CAPTURED]


def test_preparing_twice_is_one_payment(pair: Pair) -> None:
    within = pair.gateway.capabilities.submit_again_within
    request = pair.begin()
    if within is not None:
        pair.advance(seconds=within.total_seconds())
    assert pair.gateway.prepare(request).paymentid == request.paymentid
    assert len(pair.books(request)) == (0 if within is None else 1)


@pytest.mark.parametrize(
    "noise", [b"", b"\xff\xfe", b"{}", b"[]", b"a=b", b"0" * 32, b"<result>CAPTURED</result>", b"9" * 10**6]
)
def test_a_message_that_cannot_be_read_has_one_error_whatever_it_is(pair: Pair, noise: bytes) -> None:
    with pytest.raises(MalformedMessageError) as refused:
        pair.gateway.parse_inbound(noise, {})
    assert str(refused.value) == str(MalformedMessageError())


def test_a_capture_cannot_be_made_of_a_decline_without_the_key(pair: Pair) -> None:
    pair.pay(behaviour=Behaviour.DECLINE)
    body, headers = pair.merchant.bodies[0], pair.headers_of_first_notice()
    assert pair.gateway.parse_inbound(body, headers).outcome is _O.DECLINED
    for place in range(0, len(body), max(1, len(body) // 100)):
        altered = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        try:
            evidence = pair.gateway.parse_inbound(altered, headers)
        except MalformedMessageError:
            continue
        assert evidence.outcome is not _O.CAPTURED


def test_the_answer_to_a_notification_is_one_that_the_gateway_takes(pair: Pair) -> None:
    right = pair.gateway.acknowledge("https://m.test/return")
    acknowledged = pair.gateway.capabilities.notification is Notification.ACKNOWLEDGED
    assert (right.status, b"https://m.test/return" in right.body) == (200, acknowledged)


def test_a_capture_is_refunded_in_full_once_and_never_beyond(pair: Pair) -> None:
    request = pair.pay()
    given_back = pair.gateway.refund(refund_of(request))
    assert (given_back.outcome, given_back.amount) == (_O.REFUNDED, request.amount)
    assert given_back.tranid == pair.books(request)[0]["refunds"][0]["tranid"]
    assert pair.gateway.refund(refund_of(request, Money(1))).outcome is _O.DECLINED
    assert refunded(pair, request) == request.amount


def test_a_capture_is_refunded_in_parts(pair: Pair) -> None:
    assert pair.gateway.capabilities.partial_refund
    request = pair.pay()
    parts = [refund_of(request, Money(fils)) for fils in (1, 50_000, 70_000)]
    assert [pair.gateway.refund(part).outcome for part in parts] == [_O.REFUNDED, _O.REFUNDED, _O.DECLINED]
    assert refunded(pair, request) == Money(50_001)


@pytest.mark.parametrize(("story", "done"), [("refund lost", 120_000), ("refund not executed", 0)])
def test_a_refund_without_an_answer_is_not_known(pair: Pair, story: str, done: int) -> None:
    request = pair.pay(story)
    assert pair.gateway.refund(refund_of(request)).outcome in _NOT_KNOWN
    assert refunded(pair, request) == Money(done)


@pytest.mark.parametrize("story", ["refund lost", "refund not executed"])
def test_a_refund_can_be_looked_up_where_it_is_declared(pair: Pair, story: str) -> None:
    request = pair.pay(story)
    refund = refund_of(request)
    pair.gateway.refund(refund)
    if pair.gateway.capabilities.refund_lookup:
        assert pair.gateway.lookup_refund(refund).outcome is _O.REFUNDED
        assert refunded(pair, request) == request.amount
    else:
        with pytest.raises(PermanentError):
            pair.gateway.lookup_refund(refund)


def test_the_same_refund_again_is_one_where_it_is_declared(pair: Pair) -> None:
    within = pair.gateway.capabilities.refund_again_within
    request = pair.pay()
    refund = refund_of(request, Money(1_000))
    pair.gateway.refund(refund)
    if within is not None:
        pair.advance(seconds=within.total_seconds())
    pair.gateway.refund(refund)
    assert refunded(pair, request) == Money(2_000 if within is None else 1_000)


def test_what_was_posted_is_listed_where_it_is_declared(pair: Pair) -> None:
    request, day = pair.pay(), clock.kuwait_date(clock.now())
    pair.gateway.refund(refund_of(request, Money(1_000)))
    if not pair.gateway.capabilities.lists_transactions:
        with pytest.raises(PermanentError, match=f"posted on {clock.written_day(day)}"):
            pair.gateway.list_transactions(day)
        return
    listed = {(each.kind, each.trackid, each.amount.fils) for each in pair.gateway.list_transactions(day)}
    assert listed == {(PostingKind.CAPTURE, request.trackid, 120_000), (PostingKind.REFUND, request.trackid, 1_000)}
    assert pair.gateway.list_transactions(day + _TOMORROW) == []


def test_absence_is_declared_only_of_what_was_named_by_the_gateway(pair: Pair) -> None:
    proves_absence = pair.gateway.capabilities.lookup is Lookup.PRESENCE_AND_ABSENCE
    assert proves_absence == (pair.begin().paymentid != "")


@pytest.mark.parametrize(
    "wrong", [{"trackid": "rp-1"}, {"trackid": ""}, {"amount": Money(0)}, {"amount": Money(10**9)}]
)
def test_what_is_no_payment_is_refused_before_anything_is_sent(pair: Pair, wrong: dict[str, object]) -> None:
    with pytest.raises(PermanentError):
        pair.gateway.prepare(replace(pair.merchant.request(), **wrong))  # type: ignore[arg-type]


def test_a_port_where_nobody_listens_is_told_from_silence(pair: Pair) -> None:
    gateway, request = pair.elsewhere("http://127.0.0.1:1"), pair.pay()
    assert gateway.inquire(request).outcome is _O.TRANSPORT_ERROR
    assert gateway.refund(refund_of(request)).outcome is _O.NOT_SENT
    if gateway.capabilities.submit_again_within is not None:
        with pytest.raises(TransientError):
            gateway.prepare(request)
    gateway.close()


def test_a_certificate_that_nobody_vouches_for_ends_the_conversation(pair: Pair, tmp_path: Path) -> None:
    asked: list[str] = []
    app = FastAPI()
    app.add_api_route("/{rest:path}", lambda rest: asked.append(str(rest)), methods=["GET", "POST"])
    with served(app, certificate=self_signed(tmp_path / "server.pem")) as url:
        gateway, request = pair.elsewhere(url), pair.begin()
        assert gateway.inquire(request).outcome is _O.TRANSPORT_ERROR
        assert gateway.refund(refund_of(request)).outcome is _O.NOT_SENT
        gateway.close()
    assert asked == []


def test_nothing_that_is_shown_holds_a_secret(pair: Pair) -> None:
    request = pair.pay()
    shown = [pair.gateway, vars(pair.gateway), pair.gateway.prepare(request), pair.gateway.inquire(request)]
    text = "".join(map(repr, [*shown, *pair.merchant.notified]))
    assert not any(secret in text for secret in ("sk_test_sandbox", "sandboxpw", "0123456789ABCDEF", "trandata="))

"""Refunds over Tap, and its list of what it posted, against the sandbox's Tap over HTTP."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra import clock
from infra.sandbox.payer import Behaviour
from models.money import Money
from models.payments.evidence import EvidenceOutcome
from models.payments.posting import PostingKind
from tests.tap_world import TapWorld, refund_of, tap_world

_O = EvidenceOutcome


@pytest.fixture
def tap(tmp_path: Path) -> Iterator[TapWorld]:
    with tap_world(tmp_path) as running:
        yield running


def test_a_refund_and_its_repetition_are_one(tap: TapWorld) -> None:
    request = tap.paid()
    refund = refund_of(request)
    first, again = tap.gateway.refund(refund), tap.gateway.refund(refund)
    assert (first.outcome, first.amount) == (_O.REFUNDED, request.amount)
    assert first.tranid == again.tranid == tap.line(request)["refunds"][0]["tranid"]
    assert tap.line(request)["refunded"] == "120.000"
    captured, given_back = (PostingKind.CAPTURE, request.trackid), (PostingKind.REFUND, request.trackid)
    assert tap.today() == {captured: request.amount, given_back: request.amount}


def test_a_charge_is_refunded_in_parts_and_never_beyond(tap: TapWorld) -> None:
    request = tap.paid()
    parts = [refund_of(request, Money(fils)) for fils in (50_000, 70_000, 1)]
    assert [tap.gateway.refund(part).outcome for part in parts] == [_O.REFUNDED, _O.REFUNDED, _O.DECLINED]
    assert tap.line(request)["refunded"] == "120.000"


def test_a_pending_refund_is_under_way_until_tap_says_otherwise(tap: TapWorld) -> None:
    request = tap.paid(refund_pending_seconds=3600)
    refund = refund_of(request)
    begun = tap.gateway.refund(refund)
    known = replace(refund, refund_reference=begun.tranid)
    assert begun.outcome is tap.gateway.lookup_refund(known).outcome is _O.IN_PROGRESS
    tap.advance(hours=1)
    assert tap.gateway.lookup_refund(known).outcome is _O.REFUNDED


@pytest.mark.parametrize("status", ["DECLINED", "FAILED"])
def test_a_refund_that_tap_declines_later_gave_nothing_back(tap: TapWorld, status: str) -> None:
    request = tap.paid(refund_pending_seconds=60, refund_ends_as=status)
    refund = refund_of(request)
    known = replace(refund, refund_reference=tap.gateway.refund(refund).tranid)
    tap.advance(minutes=1)
    assert tap.gateway.lookup_refund(known).outcome is _O.DECLINED
    assert tap.line(request)["refunds"] == []


@pytest.mark.parametrize("done", [0, 1])
@pytest.mark.parametrize("answer", ["drop", "500"])
def test_a_refund_whose_answer_is_lost_is_not_known_and_happens_once(tap: TapWorld, answer: str, done: int) -> None:
    request = tap.paid(refund=[{"answer": answer, "executed": bool(done)}])
    refund = refund_of(request)
    assert tap.gateway.refund(refund).outcome is _O.TRANSPORT_ERROR
    assert len(tap.line(request)["refunds"]) == done
    assert tap.gateway.lookup_refund(refund).outcome is _O.REFUNDED
    assert len(tap.line(request)["refunds"]) == 1


def test_after_a_day_the_same_refund_would_be_another(tap: TapWorld) -> None:
    request = tap.paid()
    refund = refund_of(request, Money(1_000))
    assert tap.gateway.capabilities.refund_again_within == timedelta(hours=23)
    tap.gateway.refund(refund)
    tap.advance(hours=24)
    tap.gateway.refund(refund)
    assert tap.line(request)["refunded"] == "2.000"


def test_a_list_longer_than_a_page_is_read_to_its_end(tap: TapWorld) -> None:
    requests = [tap.begun() for _ in range(53)]
    card = {"action": "submit", "card": "8888880000000001", "expiry": "09/2030", "pin": "1234"}
    for request in requests:
        httpx.post(f"{tap.url}/tap/pay/{request.paymentid}", data=card)
    tap.paid(Behaviour.DECLINE)
    assert tap.today() == {(PostingKind.CAPTURE, request.trackid): request.amount for request in requests}
    assert tap.gateway.list_transactions(clock.kuwait_date(clock.now()) + timedelta(days=1)) == []


def test_what_is_in_another_currency_keeps_nothing_else_out_of_the_list(tap: TapWorld) -> None:
    """It is no part of books in dinars, and nothing of it can be given back in dinars."""
    foreign, ours = tap.paid(currency="USD"), tap.paid()
    assert tap.gateway.refund(refund_of(foreign)).outcome is _O.DECLINED
    assert tap.today() == {(PostingKind.CAPTURE, ours.trackid): ours.amount}

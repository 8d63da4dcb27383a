"""The sandbox's KNET in each of the ways in which the real one may turn out to be set up."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.gateway.knet_inquiry import read_elements
from infra.sandbox.choices import CHOICES
from infra.sandbox.forms import find_form
from infra.sandbox.payer import Behaviour, pay
from models.money import Money
from models.payments.evidence import EvidenceOutcome as Outcome
from models.service import Language
from tests.contracts.test_gateway_inquiry import self_signed
from tests.sandbox_world import World, sandbox_world, served


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


def hosted(world: World, language: Language = Language.ENGLISH) -> tuple[str, httpx.Response]:
    request = world.merchant.request(language=language)
    return request.trackid, httpx.get(world.merchant.gateway.prepare(request).url)


def choose(world: World, choice: str) -> tuple[str, httpx.Response]:
    trackid, page = hosted(world)
    form = find_form(page.text, "knet")
    assert form is not None
    return trackid, httpx.post(page.url.join(form.action), data=form.values | {"action": choice}, timeout=30)


# Delivery


@pytest.mark.parametrize(
    ("behaviour", "outcome"),
    [
        (Behaviour.APPROVE, Outcome.CAPTURED),
        (Behaviour.DECLINE, Outcome.DECLINED),
        (Behaviour.CANCEL, Outcome.CANCELLED),
    ],
)
def test_of_a_legacy_terminal_the_payers_browser_brings_the_result(
    tmp_path: Path, behaviour: Behaviour, outcome: Outcome
) -> None:
    with sandbox_world(tmp_path, delivery="legacy", notification_body="form_plain_ids") as world:
        request = world.merchant.request()
        last_page = pay(world.merchant.pay_url(request), behaviour)
        assert last_page == f"{world.merchant.url}/pay/return/{request.trackid}"
        assert [evidence.outcome for evidence in world.merchant.notified] == [outcome]
        assert f"trackid={request.trackid}".encode() in world.merchant.bodies[0]
        assert world.inquire(request).outcome is outcome
        assert world.ledger()[request.trackid]["acknowledged"] is False


def test_of_a_legacy_terminal_a_capture_stands_whether_or_not_the_payer_comes_back(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, delivery="legacy") as world:
        trackid, page = choose(world, "approve")
        assert find_form(page.text, "result") is not None
        assert world.merchant.notified == []
    with sandbox_world(tmp_path, delivery="legacy") as world:
        assert world.ledger()[trackid]["captured"] == "120.000"
        assert world.ledger()[trackid]["voided"] is False


@pytest.mark.parametrize("trusted", [True, False])
def test_a_merchant_is_told_only_under_a_certificate_that_somebody_vouches_for(
    tmp_path: Path, *, trusted: bool
) -> None:
    certificate = self_signed(tmp_path / "merchant.pem")
    told = {"merchant_authorities": certificate} if trusted else {}
    with sandbox_world(tmp_path, **told) as world, served(world.merchant.app(), certificate=certificate) as secure:
        request = world.merchant.request()
        with_tls = {"response_url": f"{secure}/knet/response"}
        world.merchant.change(request, **with_tls)
        pay(world.merchant.pay_url(request), Behaviour.APPROVE)
        assert len(world.merchant.notified) == int(trusted)
        assert world.ledger()[request.trackid]["voided"] is not trusted


def test_a_merchant_that_confirms_too_late_has_not_confirmed(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, notification_timeout_seconds=0.2) as world:
        world.merchant.answers_after = 1
        request = world.pay()
        assert len(world.merchant.notified) == 1
        assert world.inquire(request).outcome is Outcome.VOIDED


# The page


def test_whoever_is_at_the_page_too_long_by_the_banks_clock_pays_nothing(world: World) -> None:
    trackid, page = hosted(world)
    form = find_form(page.text, "knet")
    assert form is not None
    world.advance(timedelta(minutes=15))
    late = httpx.post(page.url.join(form.action), data=form.values | {"action": "approve"})
    assert "Error=IPAY0100042" in late.headers["location"]
    assert world.ledger()[trackid]["captured"] is None


@pytest.mark.parametrize("language", Language)
def test_the_page_offers_every_choice_in_the_payers_language(world: World, language: Language) -> None:
    _, page = hosted(world, language)
    for name, choice in CHOICES.items():
        assert f'value="{name}"' in page.text
        assert (choice.arabic if language is Language.ARABIC else choice.english) in page.text
    assert "<script" not in page.text


def test_the_page_calls_the_track_id_as_the_receipt_does(world: World) -> None:
    page = hosted(world, Language.ARABIC)[1].text
    assert "رقم التتبع" in page
    assert "رقم العملية" not in page


PLAYED = {  # result, captured, voided, how often the merchant is told
    "approve": ("CAPTURED", "120.000", False, 1),
    "decline": ("NOT CAPTURED", None, False, 1),
    "no_funds": ("NOT CAPTURED", None, False, 1),
    "late_capture": ("HOST TIMEOUT", None, False, 1),
    "late_decline": ("HOST TIMEOUT", None, False, 1),
    "suspected": ("SUSPECTED", "120.000", True, 1),
    "lost": ("CAPTURED", "120.000", False, 0),
    "unconfirmed": ("CAPTURED", "120.000", True, 1),
    "repeated": ("CAPTURED", "120.000", False, 3),
    "contradicted": ("CAPTURED", "120.000", False, 2),
    "less": ("CAPTURED", "1.000", False, 1),
    "reversed": ("CAPTURED", "120.000", False, 1),
}


@pytest.mark.parametrize("choice", CHOICES)
def test_a_person_chooses_at_the_page_what_happens(world: World, choice: str) -> None:
    trackid, _ = choose(world, choice)
    line = world.ledger()[trackid]
    told = len(world.merchant.notified)
    assert (line["result"], line["captured"], line["voided"], told) == PLAYED[choice]


def test_without_choices_their_buttons_are_neither_shown_nor_obeyed(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, choices=False) as world:
        trackid, refused = choose(world, "approve")
        assert refused.status_code == 422
        assert 'value="approve"' not in refused.text
        assert world.ledger()[trackid]["result"] is None


def test_languages_are_those_that_the_terminal_takes(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, langids={"EN", "AR"}) as world:
        assert hosted(world, Language.ARABIC)[1].status_code == 200
        assert "IPAY0100013" in hosted(world, Language.ENGLISH)[1].text


# The tranportal


@pytest.mark.parametrize(
    ("settings", "by", "key", "found"),
    [
        ({}, "TrackID", "trackid", True),
        ({}, "PaymentID", "paymentid", True),
        ({}, "TransID", "tranid", True),
        ({}, "", "tranid", True),
        ({}, "RefID", "ref", True),
        ({}, "SeqNum", "ref", False),
        ({"reference_word": "SeqNum"}, "SeqNum", "ref", True),
        ({"reference_word": "SeqNum"}, "RefID", "ref", False),
        ({}, "PaymentID", "tranid", False),
        ({"trackid_width": 18}, "TrackID", "trackid", False),
    ],
)
def test_a_payment_is_found_by_each_of_its_names(
    tmp_path: Path, settings: dict[str, object], by: str, key: str, *, found: bool
) -> None:
    with sandbox_world(tmp_path, **settings) as world:
        request = world.pay()
        line = world.ledger()[request.trackid]
        names = {"trackid": line["trackid"], "transid": line[key], "udf5": by}
        answer = read_elements(world.ask(action="8", amt="120.000", **names).encode())
        assert (answer["result"] == "CAPTURED") is found
        if found:
            assert (answer["tranid"], answer["ref"]) == (line["tranid"], line["ref"])
            assert answer["udf5"] == f"ptlf {line['trackid']}"


def test_a_question_and_an_answer_may_have_a_root(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, reply_root="response", captured_word="SUCCESS") as world:
        request = world.pay()
        evidence = world.inquire(request)
        assert evidence.raw.startswith(b"<response><result>SUCCESS</result>")
        assert evidence.outcome is Outcome.CAPTURED
        names = f"<transid>{request.trackid}</transid><trackid>{request.trackid}</trackid><udf5>TrackID</udf5>"
        rest = f"<id>900001</id><password>sandboxpw</password><action>8</action><amt>120.000</amt>{names}"
        rooted = httpx.post(f"{world.url}/kpg/tranPipe.htm", content=f"<request>{rest}</request>")
        assert "SUCCESS" in rooted.text


def test_an_unknown_payment_is_answered_with_a_code_in_three_elements(world: World) -> None:
    answer = world.ask(action="8", amt="1.000", transid="RP9", trackid="RP9", udf5="TrackID")
    assert answer.startswith("<result>!ERROR!-IPAY0100263-")
    assert answer.endswith(
        "</result><error_code_tag>IPAY0100263</error_code_tag><error_service_tag>null</error_service_tag>"
    )


def test_money_goes_back_in_parts_and_never_more_than_was_taken(world: World) -> None:
    request = world.pay()
    first, second = world.refund(request, "20.000"), world.refund(request, "100.000")
    assert first.outcome is second.outcome is Outcome.REFUNDED
    assert first.tranid != second.tranid
    sale = world.ledger()[request.trackid]
    assert first.tranid != sale["tranid"]
    over = world.refund(request, "0.001")
    assert over.outcome is Outcome.DECLINED
    assert "IPAY0100137" in over.result_text
    assert world.ledger()[request.trackid] == sale
    assert sale["refunded"] == "120.000"
    assert [(each["amount"], each["by"]) for each in sale["refunds"]] == [("20.000", "api"), ("100.000", "api")]
    assert [each["tranid"] for each in sale["refunds"]] == [first.tranid, second.tranid]


@pytest.mark.parametrize("behaviour", [Behaviour.DECLINE, Behaviour.CANCEL, Behaviour.ABANDON])
def test_what_was_not_taken_is_not_given_back(world: World, behaviour: Behaviour) -> None:
    request = world.pay(behaviour)
    assert world.refund(request, "1.000").outcome is not Outcome.REFUNDED
    assert world.ledger()[request.trackid]["refunds"] == []


def test_what_went_back_by_itself_is_not_given_back_again(world: World) -> None:
    request = world.pay(ack="cut")
    assert "IPAY0100115" in world.refund(request, "1.000").result_text


def test_a_terminal_without_refunds_says_so(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, refunds_by_api=False) as world:
        request = world.pay()
        assert "IPAY0100057" in world.refund(request, "1.000").result_text
        assert world.inquire(request).outcome is Outcome.CAPTURED


@pytest.mark.parametrize("amount", ["0.000", "1.0", "-1.000", ""])
def test_a_refund_of_no_amount_is_refused(world: World, amount: str) -> None:
    request = world.pay()
    names = {"transid": request.trackid, "trackid": request.trackid, "udf5": "TrackID"}
    assert "IPAY0100024" in world.ask(action="2", amt=amount, **names)
    assert world.ledger()[request.trackid]["refunds"] == []


def test_an_inquiry_says_of_a_refunded_sale_what_the_settings_say(tmp_path: Path) -> None:
    with sandbox_world(tmp_path, partly_refunded_word="PARTLY", refunded_word="REFUNDED") as world:
        request = world.pay()
        assert world.inquire(request).amount == Money(120_000)
        for amount, word in (("20.000", "PARTLY"), ("100.000", "REFUNDED")):
            world.refund(request, amount)
            assert world.inquire(request).result_text == word


def test_by_default_an_inquiry_does_not_tell_of_refunds(world: World) -> None:
    request = world.pay()
    world.refund(request, "120.000")
    assert world.inquire(request).outcome is Outcome.CAPTURED

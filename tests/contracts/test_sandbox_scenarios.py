"""Every field of a script, played by the sandbox's bank over HTTP."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from infra.sandbox.payer import Behaviour, pay
from models.money import Money
from models.payments.evidence import EvidenceOutcome as Outcome
from tests.sandbox_world import World, sandbox_world


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


def refusal(world: World, path: str, order: object) -> str:
    answer = httpx.post(f"{world.url}/__sandbox__/{path}", json=order)
    assert answer.status_code == 422
    return answer.text


# Which payment a script is for


def test_a_script_is_for_one_payment_or_the_next_or_all(world: World) -> None:
    world.control("scenarios", {"match": "all", "script": {"result": "NOT CAPTURED"}})
    world.control("scenarios", {"match": "next", "script": {"result": "HOST TIMEOUT"}})
    named = world.pay(result="CAPTURED")
    following, after = world.pay(), world.pay()
    results = {trackid: line["result"] for trackid, line in world.ledger().items()}
    assert [results[each.trackid] for each in (named, following, after)] == ["CAPTURED", "HOST TIMEOUT", "NOT CAPTURED"]
    httpx.delete(f"{world.url}/__sandbox__/scenarios").raise_for_status()
    assert world.inquire(world.pay()).outcome is Outcome.CAPTURED


def test_scripts_and_what_is_left_of_them_survive_a_restart(tmp_path: Path) -> None:
    with sandbox_world(tmp_path) as world:
        request = world.pay(inquiry=["500", "500"])
        world.control("scenarios", {"match": "next", "script": {"result": "NOT CAPTURED"}})
        assert world.inquire(request).result_text == "HTTP 500"
    with sandbox_world(tmp_path) as world:
        assert world.inquire(request).result_text == "HTTP 500"
        assert world.inquire(request).outcome is Outcome.CAPTURED
        assert world.inquire(world.pay()).outcome is Outcome.DECLINED
        assert world.inquire(world.pay()).outcome is Outcome.CAPTURED


@pytest.mark.parametrize(
    ("script", "field"),
    [
        ({"resultt": "CAPTURED"}, "resultt"),
        ({"result": "MAYBE"}, "result"),
        ({"inquiry": ["explode"]}, "inquiry"),
        ({"captured_amount": "1.0"}, "captured_amount"),
        ({"notify": {"times": -1}}, "times"),
        ({"notify": {"times": 0, "hold": True}}, "hold"),
        ({"refund": [{"delay_seconds": -1}]}, "delay_seconds"),
    ],
)
def test_a_script_with_a_mistake_is_refused_by_its_name(world: World, script: dict[str, object], field: str) -> None:
    assert field in refusal(world, "scenarios", {"match": "all", "script": script})
    assert world.inquire(world.pay()).outcome is Outcome.CAPTURED


def test_a_match_of_another_kind_is_refused(world: World) -> None:
    assert "match" in refusal(world, "scenarios", {"match": "some", "script": {}})


# What the bank decides


@pytest.mark.parametrize("code", ["05", "51"])
def test_a_decline_has_its_own_code(world: World, code: str) -> None:
    request = world.pay(result="NOT CAPTURED", auth_resp_code=code)
    assert world.merchant.notified[0].fields["authrespcode"] == code
    assert world.inquire(request).outcome is Outcome.DECLINED


def test_a_payer_who_cancels_is_not_overruled(world: World) -> None:
    request = world.pay(Behaviour.CANCEL, result="CAPTURED")
    assert world.ledger()[request.trackid]["result"] == "CANCELED"


@pytest.mark.parametrize(
    ("becomes", "outcome", "result"),
    [
        ("CAPTURED", Outcome.CAPTURED, "CAPTURED"),
        ("NOT CAPTURED", Outcome.DECLINED, "NOT CAPTURED"),
        ("SUSPECTED", Outcome.UNRECOGNISED, "SUSPECTED"),
        ("VOIDED", Outcome.VOIDED, "CAPTURED"),
    ],
)
def test_a_host_timeout_ends_by_the_sandboxs_clock(world: World, becomes: str, outcome: Outcome, result: str) -> None:
    request = world.pay(result="HOST TIMEOUT", becomes={"result": becomes, "after_seconds": 3600})
    assert world.merchant.notified[0].outcome is Outcome.HOST_TIMEOUT
    assert world.inquire(request).outcome is Outcome.HOST_TIMEOUT
    world.advance(timedelta(hours=1))
    assert world.inquire(request).outcome is outcome
    assert world.ledger()[request.trackid]["result"] == result


@pytest.mark.parametrize("taken", ["1.000", "119.999", "120.001"])
def test_the_bank_may_take_another_amount_and_says_so(world: World, taken: str) -> None:
    request = world.pay(captured_amount=taken)
    assert world.merchant.notified[0].amount == world.inquire(request).amount == Money.parse(taken)
    assert world.ledger()[request.trackid]["captured"] == taken
    assert world.ledger()[request.trackid]["amount"] == "120.000"


def test_a_late_capture_may_be_of_another_amount(world: World) -> None:
    request = world.pay(result="HOST TIMEOUT", captured_amount="1.000", becomes={"result": "CAPTURED"})
    assert world.inquire(request).amount == Money(1_000)


def test_the_bank_may_say_other_than_it_did(world: World) -> None:
    request = world.pay(reported_amount="10.000", reported_trackid="RPOTHER")
    for evidence in (world.merchant.notified[0], world.inquire(request)):
        assert (evidence.amount, evidence.trackid) == (Money(10_000), "RPOTHER")
    assert world.ledger()[request.trackid]["captured"] == "120.000"


# How the merchant is told


@pytest.mark.parametrize("concurrent", [True, False])
def test_a_result_may_come_many_times(world: World, *, concurrent: bool) -> None:
    request = world.pay(notify={"times": 5, "concurrent": concurrent})
    assert len(world.merchant.bodies) == 5
    assert len(set(world.merchant.bodies)) == 1
    assert world.ledger()[request.trackid]["acknowledged"] is True


@pytest.mark.parametrize(
    ("contradict", "outcomes"),
    [
        ("before", [Outcome.DECLINED, Outcome.CAPTURED]),
        ("after", [Outcome.CAPTURED, Outcome.DECLINED]),
        (True, [Outcome.CAPTURED, Outcome.DECLINED]),
    ],
)
def test_a_result_may_be_contradicted(world: World, contradict: object, outcomes: list[Outcome]) -> None:
    request = world.pay(notify={"contradict": contradict})
    assert [evidence.outcome for evidence in world.merchant.notified] == outcomes
    assert len({evidence.paymentid for evidence in world.merchant.notified}) == 1
    assert world.inquire(request).outcome is Outcome.CAPTURED


def test_a_decline_may_be_contradicted_too(world: World) -> None:
    request = world.pay(Behaviour.DECLINE, notify={"contradict": "after"})
    assert [evidence.outcome for evidence in world.merchant.notified] == [Outcome.DECLINED, Outcome.CAPTURED]
    assert world.inquire(request).outcome is Outcome.DECLINED


def test_a_lost_result_leaves_the_capture_and_may_come_late(world: World) -> None:
    request = world.pay(notify={"times": 0})
    assert world.merchant.notified == []
    assert world.inquire(request).outcome is Outcome.CAPTURED
    assert world.control(f"deliver/{request.trackid}") == {"confirmed": True}
    assert world.merchant.notified[0].outcome is Outcome.CAPTURED


@pytest.mark.parametrize("confirmed", [True, False])
def test_a_held_result_is_sent_on_demand_and_stands_or_falls_by_its_answer(world: World, *, confirmed: bool) -> None:
    request = world.pay(notify={"hold": True}, ack="read" if confirmed else "cut")
    assert world.merchant.notified == []
    assert world.inquire(request).outcome is Outcome.CAPTURED
    assert world.control(f"deliver/{request.trackid}") == {"confirmed": confirmed}
    assert world.ledger()[request.trackid]["voided"] is not confirmed
    world.control(f"deliver/{request.trackid}")
    assert len(world.merchant.notified) == 2
    assert world.ledger()[request.trackid]["voided"] is not confirmed


def test_there_is_nothing_to_send_of_a_payment_that_never_ended(world: World) -> None:
    request = world.pay(Behaviour.ABANDON)
    answer = httpx.post(f"{world.url}/__sandbox__/deliver/{request.trackid}")
    assert (answer.status_code, answer.json()["detail"]["code"]) == (404, "IPAY0100263")


def test_an_answer_that_the_bank_does_not_read_takes_the_money_back(world: World) -> None:
    request = world.pay(ack="cut")
    assert len(world.merchant.notified) == 1  # the merchant believes that all is well
    line = world.ledger()[request.trackid]
    assert (line["voided"], line["acknowledged"]) == (True, False)
    assert line["void_at"] is not None
    assert world.inquire(request).outcome is Outcome.VOIDED


def test_slow_pages_and_slow_messages_starve_nobody(world: World) -> None:
    world.control("scenarios", {"match": "all", "script": {"page_delay_seconds": 1, "notify": {"delay_seconds": 1}}})
    urls = [world.merchant.pay_url(world.merchant.request()) for _ in range(60)]
    began = time.monotonic()
    with ThreadPoolExecutor(60) as payers:
        list(payers.map(lambda url: pay(url, Behaviour.APPROVE), urls))
    assert 2 <= time.monotonic() - began < 20  # one after the other it would be two minutes
    assert all(line["acknowledged"] for line in world.ledger().values())


# What the tranportal answers


@pytest.mark.parametrize(
    ("fault", "outcome", "text"),
    [
        ("drop", Outcome.TRANSPORT_ERROR, "RemoteProtocolError"),
        ("truncate", Outcome.TRANSPORT_ERROR, "not an answer"),
        ("html", Outcome.TRANSPORT_ERROR, "not an answer"),
        ("maintenance", Outcome.TRANSPORT_ERROR, "not an answer"),
        ("500", Outcome.TRANSPORT_ERROR, "HTTP 500"),
        ("expired", Outcome.CONFIG_ERROR, "!ERROR!-IPAY0100018-The terminal password has expired."),
        ({"delay_seconds": 2.5}, Outcome.TRANSPORT_ERROR, "ReadTimeout"),
    ],
)
def test_an_inquiry_fails_once_and_then_no_more(world: World, fault: object, outcome: Outcome, text: str) -> None:
    request = world.pay(inquiry=[fault])
    evidence = world.inquire(request)
    if fault == "drop":  # a reset instead of a goodbye is the network's choice
        assert evidence.result_text in {"RemoteProtocolError", "ReadError"}
    else:
        assert evidence.result_text == text
    assert evidence.outcome is outcome
    assert world.inquire(request).outcome is Outcome.CAPTURED


def test_an_inquiry_before_the_payer_came_can_fail_too(world: World) -> None:
    request = world.merchant.request()
    world.script(request.trackid, inquiry=["500"])
    assert world.inquire(request).result_text == "HTTP 500"
    assert world.inquire(request).outcome is Outcome.NOT_FOUND


def test_a_dropped_connection_is_closed_without_a_byte(world: World) -> None:
    request = world.pay(inquiry=["drop"])
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        world.ask(action="8", amt="120.000", transid=request.trackid, trackid=request.trackid, udf5="TrackID")


@pytest.mark.parametrize(
    ("fault", "outcome", "executed"),
    [
        ("refuse", Outcome.DECLINED, False),
        ("drop_executed", Outcome.TRANSPORT_ERROR, True),
        ("drop_unexecuted", Outcome.TRANSPORT_ERROR, False),
        ("host_timeout", Outcome.HOST_TIMEOUT, False),
        ("host_timeout_executed", Outcome.HOST_TIMEOUT, True),
        ({"delay_seconds": 2.5}, Outcome.TRANSPORT_ERROR, True),
    ],
)
def test_a_refund_fails_once_and_the_books_say_whether_it_was_done(
    world: World, fault: object, outcome: Outcome, *, executed: bool
) -> None:
    request = world.pay(refund=[fault])
    assert world.refund(request, "120.000").outcome is outcome
    if isinstance(fault, dict):
        time.sleep(1)
    assert world.ledger()[request.trackid]["refunded"] == ("120.000" if executed else "0.000")
    again = world.refund(request, "120.000")
    assert again.outcome is (Outcome.DECLINED if executed else Outcome.REFUNDED)
    assert world.ledger()[request.trackid]["refunded"] == "120.000"

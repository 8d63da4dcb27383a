"""The sandbox's controls: fault rates, an expired terminal, the clock, the bank's portal, the oracle."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from infra import clock
from infra.gateway.trackid import new_trackid
from infra.sandbox.app import create_app
from infra.sandbox.population import Population
from infra.settings import Environment
from models.payments.evidence import EvidenceOutcome as Outcome
from tests.sandbox_world import World, sandbox_world
from tests.unit.test_sandbox_bank import settings


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with sandbox_world(tmp_path) as running:
        yield running


def answers(world: World) -> list[str]:
    question = {"action": "8", "amt": "1.000", "transid": "RP1", "trackid": "RP1", "udf5": "TrackID"}
    return ["page" if "<html" in world.ask(**question) else "answer" for _ in range(30)]


def test_faults_come_at_their_rates_and_from_one_seed_in_one_order(world: World) -> None:
    rates = {"inquiry": {"html": 0.5}, "seed": 7}
    world.control("faults", rates)
    first = answers(world)
    assert 5 < first.count("page") < 25
    world.control("faults", rates)
    assert answers(world) == first
    world.control("faults", {})
    assert set(answers(world)) == {"answer"}


@pytest.mark.parametrize(("fault", "told", "voided"), [("lost", 0, False), ("cut", 1, True), ("duplicate", 2, False)])
def test_messages_fail_at_a_rate(world: World, fault: str, told: int, *, voided: bool) -> None:
    world.control("faults", {"notify": {fault: 1}})
    request = world.pay()
    assert len(world.merchant.notified) == told
    assert world.ledger()[request.trackid]["voided"] is voided


def test_a_script_that_says_how_the_merchant_is_told_meets_no_fault(world: World) -> None:
    world.control("faults", {"notify": {"lost": 1}})
    world.pay(notify={"times": 2})
    assert len(world.merchant.notified) == 2


def test_refunds_fail_at_a_rate(world: World) -> None:
    world.control("faults", {"refund": {"drop_executed": 1}})
    request = world.pay()
    assert world.refund(request, "1.000").outcome is Outcome.TRANSPORT_ERROR
    assert world.ledger()[request.trackid]["refunded"] == "1.000"


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        ({"inquiry": {"drop": 0.7, "html": 0.7}}, "inquiry: the rates"),
        ({"inqury": {}}, "inqury"),
        ({"notify": {"drop": 1}}, "notify"),
    ],
)
def test_impossible_rates_are_refused(world: World, rates: object, said: str) -> None:
    answer = httpx.post(f"{world.url}/__sandbox__/faults", json=rates)
    assert (answer.status_code, said in answer.text) == (422, True)


def test_an_expired_terminal_takes_no_payment_and_answers_no_question(world: World) -> None:
    request = world.pay()
    world.control("terminal", {"expired": True})
    assert "IPAY0100018" in world.inquire(request).result_text
    assert "IPAY0100018" in world.refund(request, "1.000").result_text
    page = httpx.get(world.merchant.gateway.prepare(world.merchant.request()).url)
    assert "IPAY0100018" in page.text
    assert len(world.ledger()) == 1
    world.control("terminal", {"expired": False})
    assert world.inquire(request).outcome is Outcome.CAPTURED


def test_the_clock_moves_ahead_and_is_kept(tmp_path: Path) -> None:
    with sandbox_world(tmp_path) as world:
        told = world.control("clock", {"advance_seconds": 86_400})
        assert told["ahead_seconds"] == 86_400
        request = world.pay()
        later = datetime.fromisoformat(world.ledger()[request.trackid]["at"])
        assert later > clock.now() + timedelta(hours=23)
        back = httpx.post(f"{world.url}/__sandbox__/clock", json={"advance_seconds": -1})
        assert back.status_code == 422
    with sandbox_world(tmp_path) as world:
        assert httpx.get(f"{world.url}/__sandbox__/clock").json()["ahead_seconds"] == 86_400


def test_the_oracle_tells_all_of_one_payment(world: World) -> None:
    request = world.pay()
    world.pay()
    world.refund(request, "20.500")
    [line] = httpx.get(f"{world.url}/__sandbox__/ledger", params={"trackid": request.trackid}).json()
    assert (line["gateway"], line["amount"], line["captured"], line["refunded"]) == (
        "knet",
        "120.000",
        "120.000",
        "20.500",
    )
    assert line["refunds"][0].keys() == {"tranid", "ref", "amount", "at", "by", "postdate"}
    assert len(line["postdate"]) == 4


def test_staff_refund_at_the_banks_portal(world: World) -> None:
    request = world.pay()
    assert world.control("portal/refunds", {"trackid": request.trackid, "amount": "20.000"})["refunded"] == "20.000"
    assert world.ledger()[request.trackid]["refunds"][0]["by"] == "portal"
    over = {"trackid": request.trackid, "amount": "100.001"}
    refused = httpx.post(f"{world.url}/__sandbox__/portal/refunds", json=over)
    assert (refused.status_code, refused.json()["detail"]["code"]) == (409, "IPAY0100137")
    nobody = httpx.post(f"{world.url}/__sandbox__/portal/refunds", json=over | {"trackid": "RP9"})
    assert (nobody.status_code, nobody.json()["detail"]["code"]) == (409, "IPAY0100263")


def test_staff_sell_what_the_merchant_never_asked_for(world: World) -> None:
    trackid = new_trackid()
    world.control("portal/sales", {"trackid": trackid, "amount": "7.000"})
    assert world.ledger()[trackid]["captured"] == "7.000"
    again = httpx.post(f"{world.url}/__sandbox__/portal/sales", json={"trackid": trackid, "amount": "7.000"})
    assert again.status_code == 409
    assert world.merchant.notified == []


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "ledger"),
        ("GET", "clock"),
        ("POST", "clock"),
        ("POST", "scenarios"),
        ("DELETE", "scenarios"),
        ("POST", "faults"),
        ("POST", "terminal"),
        ("POST", "deliver/RP1"),
        ("POST", "portal/refunds"),
        ("POST", "portal/sales"),
        ("GET", "settlement/2026-11-23.csv"),
        ("POST", "people"),
    ],
)
def test_every_control_is_for_this_machine_only(tmp_path: Path, method: str, path: str) -> None:
    app = create_app(Population(), settings=settings(tmp_path), environment=Environment.LOCAL)

    async def ask(caller: str) -> int:
        transport = httpx.ASGITransport(app, client=(caller, 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox.test") as client:
            return (await client.request(method, f"/__sandbox__/{path}")).status_code

    assert asyncio.run(ask("192.0.2.1")) == 403
    assert asyncio.run(ask("127.0.0.1")) != 403

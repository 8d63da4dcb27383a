"""S20 and S21: a gateway that is slow, down, or not who it says; nothing is lost, and nobody waits for it."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from infra.gateway.knet import KnetGateway
from infra.payments.due import settle_due
from infra.payments.settling import settle
from infra.sandbox.payer import Behaviour
from infra.wiring import Ports
from models.case import CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome
from tests.contracts.test_gateway_inquiry import self_signed
from tests.money_world import MoneyWorld, money_world
from tests.racing import at_once
from tests.sandbox_world import served
from web.app import create_app

_A = AttemptState


@contextmanager
def asking_at(money: MoneyWorld, url: str) -> Iterator[Ports]:
    """The product, whose KNET answers inquiries elsewhere."""
    knet = money.ports.settings.knet.model_copy(update={"tranportal_url": url, "timeout_seconds": 1})
    gateway = KnetGateway(knet)
    try:
        yield replace(money.ports, gateway=gateway)
    finally:
        gateway.close()


def unknown(money: MoneyWorld) -> PaymentAttempt:
    case_id = money.payable()
    money.pay(case_id, result="HOST TIMEOUT", becomes={"result": "CAPTURED", "after_seconds": 600})
    money.pass_time(seconds=40)
    assert money.attempt(case_id).state is _A.UNKNOWN
    return money.attempt(case_id)


def stays_unknown(money: MoneyWorld, ports: Ports, attempt: PaymentAttempt, *, why: str) -> None:
    assert settle(ports, attempt.id, actor="tester") is _A.UNKNOWN
    last = money.evidence(attempt)[-1]
    assert (last.outcome, last.raw.decode()) == (EvidenceOutcome.TRANSPORT_ERROR, why)


def heals(money: MoneyWorld) -> None:
    money.pass_time(hours=1)
    [attempt] = money.cases.rows(PaymentAttempt)
    assert attempt.state is _A.CAPTURED
    money.assert_books_agree()


def test_s20_slow_inquiries_end_at_their_time_and_keep_nobody_else_waiting(
    business_engine: Engine, tmp_path: Path
) -> None:
    with money_world(business_engine, tmp_path, knet={"timeout_seconds": 0.4}) as money:
        cases = [money.payable() for _ in range(5)]
        for case_id in cases[:4]:
            money.pay(case_id, inquiry=[{"delay_seconds": 1.5}])
        money.pay(cases[4])
        money.clock.advance(seconds=70)
        waited: list[float] = []

        def look() -> None:
            begun = time.monotonic()
            httpx.get(money.pay_url(cases[4]), timeout=30).raise_for_status()
            waited.append(time.monotonic() - begun)

        at_once(lambda: settle_due(money.ports), look, look)
        assert max(waited) < 10
        states = [money.attempt(case_id).state for case_id in cases]
        assert states == [_A.VERIFYING] * 4 + [_A.CAPTURED]
        for case_id in cases:
            assert money.finish(case_id) is CaseStatus.COMPLETED
        money.assert_books_agree()


def test_s20_a_slow_page_and_a_slow_notice_are_waited_for(money: MoneyWorld) -> None:
    case_id = money.payable()
    money.pay(case_id, page_delay_seconds=0.5, notify={"delay_seconds": 0.5})
    assert money.finish(case_id) is CaseStatus.COMPLETED
    money.assert_books_agree()


def test_s21_an_internal_error_of_the_bank_keeps_an_unknown_unknown(money: MoneyWorld) -> None:
    case_id = money.payable()
    faults = [{"delay_seconds": 0}, {"delay_seconds": 0}, "500"]
    late = {"result": "CAPTURED", "after_seconds": 600}
    attempt = money.pay(case_id, result="HOST TIMEOUT", becomes=late, inquiry=faults)
    money.pass_time(minutes=4)
    asked = [each.outcome for each in money.evidence(attempt) if each.kind is EvidenceKind.INQUIRY]
    assert EvidenceOutcome.TRANSPORT_ERROR in asked
    assert money.attempt(case_id).state is _A.UNKNOWN
    heals(money)


def test_s21_a_bank_where_nobody_listens_keeps_an_unknown_unknown(money: MoneyWorld) -> None:
    attempt = unknown(money)
    money.sandbox.stop()
    stays_unknown(money, money.ports, attempt, why="ConnectError")
    money.sandbox.start()
    heals(money)


def test_s21_a_name_that_cannot_be_found_keeps_an_unknown_unknown(money: MoneyWorld) -> None:
    attempt = unknown(money)
    with asking_at(money, "https://knet.invalid/kpg/tranPipe.htm") as ports:
        stays_unknown(money, ports, attempt, why="ConnectError")
    heals(money)


def test_s21_a_certificate_that_nobody_vouches_for_is_never_passed_over(money: MoneyWorld, tmp_path: Path) -> None:
    attempt = unknown(money)
    impostor = create_app(money.ports)
    asked: list[str] = []
    impostor.add_api_route("/kpg/tranPipe.htm", lambda: asked.append("asked"), methods=["POST"])
    with (
        served(impostor, certificate=self_signed(tmp_path / "impostor.pem")) as url,
        asking_at(money, f"{url}/kpg/tranPipe.htm") as ports,
    ):
        stays_unknown(money, ports, attempt, why="ConnectError")
    assert asked == []
    heals(money)


def test_s21_a_bank_that_is_down_is_left_alone_for_a_while_and_then_asked_again(
    money: MoneyWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("infra.breaker.PAUSE_SECONDS", 3)
    attempt = unknown(money)
    with asking_at(money, f"{money.sandbox.url}/kpg/tranPipe.htm") as ports:
        money.sandbox.stop()
        for _ in range(5):
            stays_unknown(money, ports, attempt, why="ConnectError")
        money.sandbox.start()
        stays_unknown(money, ports, attempt, why="CircuitBreakerError")
        money.clock.advance(hours=1)
        time.sleep(3.2)
        assert settle(ports, attempt.id, actor="tester") is _A.CAPTURED_UNCONFIRMED
    heals(money)


def test_two_workers_that_ask_at_once_book_one_capture(money: MoneyWorld) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id)
    money.clock.advance(seconds=70)
    states = at_once(*[lambda: settle(money.ports, attempt.id, actor="worker")] * 4)
    assert states == [_A.CAPTURED] * 4
    at_once(*[lambda: settle_due(money.ports)] * 2)
    assert money.finish(case_id) is CaseStatus.COMPLETED
    assert len(money.entries(case_id)) == 1
    money.assert_books_agree()


@pytest.mark.parametrize("behaviour", [Behaviour.APPROVE, Behaviour.DECLINE])
def test_two_callbacks_and_a_poll_at_once_have_one_effect(money: MoneyWorld, behaviour: Behaviour) -> None:
    case_id = money.payable()
    attempt = money.pay(case_id, behaviour, notify={"hold": True})
    deliver = f"deliver/{attempt.trackid}"
    at_once(
        lambda: money.sandbox.control(deliver),
        lambda: money.sandbox.control(deliver),
        lambda: settle(money.ports, attempt.id, actor="worker"),
    )
    money.finish(case_id)
    assert money.attempt(case_id).state is (_A.CAPTURED if behaviour is Behaviour.APPROVE else _A.DECLINED)
    callbacks = [each for each in money.evidence(attempt) if each.kind is EvidenceKind.CALLBACK]
    assert len(callbacks) == 1
    assert len(money.entries(case_id)) == int(behaviour is Behaviour.APPROVE)
    money.assert_books_agree()

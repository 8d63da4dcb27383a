"""The invariants have teeth: with one rule of the product taken out, a story that was fine is found out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from infra.gateway import tap_charge
from infra.gateway.tap_json import amount_at
from infra.payments import booking, recording, refunding
from infra.stack.postgres_cluster import Cluster
from models.payments import decision
from models.payments.attempt import AttemptEvent
from models.payments.refund import RefundState
from tests.money.bed import open_bed
from tests.money.machine import MoneyMachine

_LATE: dict[str, Any] = {"result": "NOT CAPTURED", "becomes": {"result": "CAPTURED", "after_seconds": 7200}}
_LATE_AT_TAP: dict[str, Any] = {"ends_as": "DECLINED", "becomes": {"status": "CAPTURED", "after_seconds": 7200}}
_LOST: dict[str, Any] = {"refund": [{"answer": "drop"}]}
_IN_FLIGHT = {RefundState.SUBMITTING, RefundState.UNKNOWN}


def paid(machine: MoneyMachine, script: dict[str, Any]) -> None:
    machine.the_first_payer(fils=120_500, script=script, button="pay")
    machine.time_passes_and_the_worker_goes_its_round(span="seconds=61")


def paid_with_a_receipt(machine: MoneyMachine, script: dict[str, Any]) -> None:
    paid(machine, script)
    machine.the_case_goes_on(pick=0)
    machine.the_case_goes_on(pick=0)


def paid_twice(machine: MoneyMachine, script: dict[str, Any]) -> None:
    paid(machine, script)
    machine.a_payer_pays(pick=0, script={}, button="pay", comes_back=True)
    machine.time_passes_and_the_worker_goes_its_round(span="seconds=61")


def refunded(machine: MoneyMachine, script: dict[str, Any]) -> None:
    paid(machine, script)
    machine.a_refund_is_asked_for(pick=0, share=1, sees=True)
    machine.a_refund_is_decided(pick=0, actor="second", yes=True)
    machine.the_worker_goes_its_round()
    machine.time_passes_and_the_worker_goes_its_round(span="minutes=16")


def half_refunded_and_a_day_later(machine: MoneyMachine, script: dict[str, Any]) -> None:
    """Longer than the key of the refund is known: sent again, it would be another refund."""
    paid(machine, script)
    machine.a_refund_is_asked_for(pick=0, share=2, sees=True)
    machine.a_refund_is_decided(pick=0, actor="second", yes=True)
    machine.the_worker_goes_its_round()
    machine.time_passes_and_the_worker_goes_its_round(span="hours=25")


def a_refund_is_sent_until_it_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    careful = refunding._next_question

    def careless(session: Any, refund: Any, *others: Any, **how: Any) -> str | None:
        return "send" if refund.state in _IN_FLIGHT else careful(session, refund, *others, **how)

    monkeypatch.setattr(refunding, "_next_question", careless)


def a_sum_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_other_sum", lambda *_: decision.Decision(event=AttemptEvent.CAPTURE))


def money_that_pays_nothing_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(booking, "_give_back", lambda *_, **__: None)


def what_the_bank_took_back_stays_booked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "book_reversal", lambda *_, **__: None)


def a_notice_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decision, "_heard", lambda *_: decision.Decision(event=AttemptEvent.CAPTURE))


def any_currency_is_taken_for_dinars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tap_charge, "_dinars", amount_at)


Telling = Callable[[MoneyMachine, dict[str, Any]], None]
Story = tuple[str, Telling, dict[str, Any], Callable[[pytest.MonkeyPatch], None]]
STORIES: list[Story] = [
    ("knet", refunded, {"refund": ["drop_unexecuted"]}, a_refund_is_sent_until_it_is_answered),
    ("knet", paid, {"captured_amount": -1}, a_sum_is_not_looked_at),
    ("knet", paid_twice, _LATE, money_that_pays_nothing_is_kept),
    ("knet", paid_with_a_receipt, {"settlement": ["reversed"]}, what_the_bank_took_back_stays_booked),
    ("knet", paid, {}, a_notice_is_believed),
    ("tap", half_refunded_and_a_day_later, _LOST, a_refund_is_sent_until_it_is_answered),
    ("tap", paid, {"amount_off_by_fils": -1}, a_sum_is_not_looked_at),
    ("tap", paid_with_a_receipt, {"currency": "USD"}, any_currency_is_taken_for_dinars),
    ("tap", paid_twice, _LATE_AT_TAP, money_that_pays_nothing_is_kept),
    ("tap", paid_with_a_receipt, {"auto_reversed_after_seconds": 7200}, what_the_bank_took_back_stays_booked),
    ("tap", paid, {}, a_notice_is_believed),
]


@pytest.fixture(params=STORIES, ids=lambda story: f"{story[0]}, {story[-1].__name__}")
def story(request: pytest.FixtureRequest) -> Story:
    chosen: Story = request.param
    return chosen


@pytest.fixture
def machine(postgres_cluster: Cluster, business_engine: Engine, tmp_path: Path, story: Story) -> Iterator[MoneyMachine]:
    with open_bed(postgres_cluster, business_engine, tmp_path, gateway=story[0]) as bed:
        yield type("Told", (MoneyMachine,), {"bed": bed})()


def test_a_planted_fault_is_found(machine: MoneyMachine, monkeypatch: pytest.MonkeyPatch, story: Story) -> None:
    _, tell, script, plant = story
    plant(monkeypatch)
    with pytest.raises(AssertionError):
        tell_it(machine, tell, script)


def test_the_same_story_is_fine_without_it(machine: MoneyMachine, story: Story) -> None:
    _, tell, script, _ = story
    tell_it(machine, tell, script)


def tell_it(machine: MoneyMachine, tell: Telling, script: dict[str, Any]) -> None:
    tell(machine, script)
    machine.teardown()

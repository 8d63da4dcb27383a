"""Machines whose clocks differ: a capture is confirmed by the time that they share."""

from datetime import datetime, timedelta
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, create_engine

from infra import clock
from infra.payments.hearing import hear
from infra.shared_clock import SharedClock
from models.case import CaseStatus
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceKind
from tests.world import World

_NEAR = timedelta(seconds=3)


@pytest.mark.parametrize("off", [timedelta(minutes=-10), timedelta(days=2)])
def test_a_machine_whose_clock_is_wrong_goes_by_the_databases(world: World, off: timedelta) -> None:
    shared = SharedClock(world.ports.engine, machine=lambda: clock.now() + off)
    assert abs(shared() - clock.now()) < _NEAR


def test_a_capture_that_a_web_behind_its_time_acknowledged_waits_as_any_other(world: World) -> None:
    """KNET may take it back for a minute after our acknowledgement, by whosever clock."""
    web = SharedClock(world.ports.engine, machine=lambda: clock.now() - timedelta(minutes=10))
    worker = SharedClock(world.ports.engine)
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    message = world.gateway.captures(attempt.trackid)
    evidence = world.gateway.parse_inbound(message, {})
    began, at = worker(), world.clock()
    told = at + (web() - began)
    hear(world.ports, evidence, kind=EvidenceKind.CALLBACK, raw=message, now=told)
    assert world.settle(attempt) is AttemptState.CAPTURED_UNCONFIRMED


def test_who_asks_for_the_time_does_not_wait_for_the_database(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    shared = SharedClock(world.ports.engine)
    assert abs(shared() - clock.now()) < _NEAR
    asked, gone_on = Event(), Event()

    def hang() -> None:
        asked.set()
        assert gone_on.wait(timeout=20)

    monkeypatch.setattr(shared, "_compare", hang)
    monkeypatch.setattr(shared, "_compare_at", 1e-9)
    assert abs(shared() - clock.now()) < _NEAR
    gone_on.set()
    assert asked.wait(timeout=20)


def test_without_the_database_a_machine_goes_by_its_own_clock(tmp_path: Path) -> None:
    def machine() -> datetime:
        return datetime.fromisoformat("2026-11-23T08:00:00+00:00")

    nowhere: Engine = create_engine(f"postgresql+psycopg://nobody@/nothing?host={tmp_path}")
    assert SharedClock(nowhere, machine=machine)() == machine()

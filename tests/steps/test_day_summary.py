"""A day's figures out of the database: the right day in Kuwait, one moment for all, nothing about one person."""

from datetime import date

import pytest
from sqlmodel import Session

from infra import day_summary
from infra.day_summary import DaySummary, read_day
from infra.holding import hold_case
from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.money import Money
from models.payments.ledger import LedgerKind
from models.service import Service
from tasks.day_chart import day_chart
from tasks.day_page import PoolState, WorkerState, day_page
from tests.leaks import amounts_in
from tests.world import World

_S, _I = CaseStatus, Service.INDIVIDUAL
NOBODY = PoolState([WorkerState("renewals-1", "online", None)], ["company"])


def summary(world: World, day: date | None = None) -> DaySummary:
    return read_day(world.ports.engine, day or world.today, now=world.clock())


def page(world: World) -> str:
    return day_page(summary(world), NOBODY, chart="data:image/svg+xml;base64,")


def test_what_happened_is_counted_by_service_and_by_what_it_was(world: World) -> None:
    world.at(_S.COMPLETED)
    world.at(_S.AWAITING_PAYMENT)
    world.at(_S.SUBMITTED)
    blocked = world.draft(_I, world.person(18, Trouble.TRAFFIC_FINES))
    [refused] = world.submitted(blocked)
    world.release(refused)
    assert world.run(refused) is _S.REJECTED
    found = summary(world)
    assert found.happened[_I] == {
        "submitted": 4,
        "released": 3,
        "paid": 1,
        "completed": 1,
        "refused": 1,
        "cancelled": 0,
    }
    assert found.happened[Service.COMPANY]["submitted"] == 0
    assert found.waiting[_I] == {"queue": 1, "staff": 0, "applicant": 0, "payer": 1, "us": 0}


def test_a_day_begins_at_midnight_in_kuwait(world: World) -> None:
    day = world.today
    drafts = [world.draft() for _ in range(3)]
    world.clock.at = world.clock.at.replace(hour=20, minute=59)  # one minute before midnight in Kuwait
    world.submit(drafts[0])
    world.clock.advance(minutes=2)
    world.submit(drafts[1])
    world.submit(drafts[2])
    assert summary(world, day).happened[_I]["submitted"] == 1
    assert summary(world).happened[_I]["submitted"] == 2
    assert world.today != day


def test_the_oldest_waits_come_first_by_party_with_references_only(world: World) -> None:
    first = world.case(world.at(_S.AWAITING_PAYMENT)).reference
    world.clock.advance(hours=5)
    second = world.case(world.at(_S.AWAITING_PAYMENT)).reference
    waits = summary(world).oldest["payer"]
    assert [each.reference for each in waits] == [first, second]
    assert waits[1].since - waits[0].since >= day_summary.timedelta(hours=5)
    assert f"| {first} | awaiting_payment | 23/11/2026 11:00, 0 d 5 h |" in page(world)


def test_a_case_that_staff_hold_is_counted_and_shown_as_held(world: World) -> None:
    case_id = world.at(_S.SUBMITTED)
    hold_case(world.ports, case_id=case_id, actor="Zubaida", reason="her zither")
    assert summary(world).held == 1
    written = page(world)
    assert "submitted (held)" in written
    assert not {"Zubaida", "zither"} & set(written.split())


def test_all_figures_are_of_one_moment(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A case that moves while the page is read is not counted on both sides of its move."""
    case_id = world.at(_S.SUBMITTED)
    really = day_summary._waiting

    def after_a_release(session: Session) -> dict[Service, dict[str, int]]:
        world.release(case_id)
        return really(session)

    monkeypatch.setattr(day_summary, "_waiting", after_a_release)
    found = summary(world)
    assert world.status(case_id) is _S.RELEASED
    assert found.happened[_I]["released"] == 0
    assert found.waiting[_I]["queue"] == 1


def test_sums_are_in_dinars_with_three_decimals(world: World) -> None:
    paid = [world.at(_S.PAID) for _ in range(3)]
    total = sum(world.order(each).amount_fils for each in paid)
    assert summary(world).money[LedgerKind.CAPTURE] == day_summary.Moved(3, total)
    assert f"| captured | 3 | {Money(total)} |" in page(world)
    assert "| refunded | 0 | 0.000 |" in page(world)


def test_a_sum_of_few_payments_is_not_shown_because_it_would_be_a_persons_amount(world: World) -> None:
    world.at(_S.PAID)
    case_id = world.at(_S.PAID)
    written = page(world)
    assert "| captured | 2 | not shown of fewer than 3 |" in written
    amount = Money(world.order(case_id).amount_fils)
    assert list(amounts_in(written, [amount, Money(2 * amount.fils)])) == []


def test_workers_and_paused_queues_are_named(world: World) -> None:
    written = page(world)
    assert "| renewals-1 | online | never |" in written
    assert "**Paused queues**: company." in written


def test_the_chart_is_a_picture_that_says_the_counts(world: World) -> None:
    for _ in range(7):
        world.at(_S.SUBMITTED)
    drawn = day_chart(summary(world))
    assert drawn.startswith("<svg ")
    assert drawn.count(">7</text>") == 2  # submitted, and waiting in the queue
    assert len(drawn) < 10_000

"""Leases of runs: one worker carries a run, and one that was given up writes nothing more."""

from datetime import UTC, datetime, timedelta
from functools import partial
from uuid import UUID, uuid4

import pytest

from infra import leases
from infra.leases import LeaseLostError, carrying
from models.case import CaseStatus
from models.run_lease import RunLease, Worker
from tests.racing import at_once
from tests.world import World

LATER = datetime(2100, 1, 1, tzinfo=UTC)


def enlist(world: World, name: str = "one") -> UUID:
    return leases.enlist(world.ports.engine, name, now=world.clock())


def take(world: World, worker: UUID, *runs: UUID, case: UUID | None = None) -> dict[UUID, UUID]:
    return leases.take(world.ports.engine, worker, dict.fromkeys(runs, case), now=world.clock())


def give_up(world: World, worker: UUID) -> None:
    """Nothing was heard of the worker for longer than it may be silent."""
    world.sql("update worker set seen_at = now() - interval '1 minute' where id = :id", id=worker)


def test_of_many_workers_that_want_a_run_one_gets_it(world: World) -> None:
    workers, run = [enlist(world, str(number)) for number in range(4)], uuid4()
    taken = at_once(*(partial(take, world, each, run) for each in workers))
    assert sorted(len(each) for each in taken if isinstance(each, dict)) == [0, 0, 0, 1]


def test_two_runs_of_one_case_are_not_carried_at_once(world: World) -> None:
    case = uuid4()
    assert take(world, enlist(world), uuid4(), case=case)
    assert take(world, enlist(world), uuid4(), case=case) == {}


def test_a_worker_that_lives_keeps_what_it_carries_and_drops_what_it_forgot(world: World) -> None:
    worker, carried, forgotten = enlist(world), uuid4(), uuid4()
    take(world, worker, carried, forgotten)
    assert leases.keep(world.ports.engine, worker, running=frozenset({carried}), as_of=LATER)
    assert [each.flow_run_id for each in world.rows(RunLease)] == [carried]
    assert leases.lost(world.ports.engine) == []


def test_a_lease_that_is_taken_while_the_worker_says_that_it_lives_stays(world: World) -> None:
    worker, as_of = enlist(world), world.clock()
    world.clock.at += timedelta(milliseconds=1)
    take(world, worker, run := uuid4())
    assert leases.keep(world.ports.engine, worker, running=frozenset(), as_of=as_of)
    assert [each.flow_run_id for each in world.rows(RunLease)] == [run]


def test_the_leases_of_a_silent_worker_are_lost_and_it_is_told_so(world: World) -> None:
    worker, run, case = enlist(world), uuid4(), uuid4()
    [token] = take(world, worker, run, case=case).values()
    give_up(world, worker)
    assert leases.lost(world.ports.engine) == [leases.Lost(token, run, case)]
    assert not leases.keep(world.ports.engine, worker, running=frozenset({run}), as_of=LATER)


def test_a_worker_that_leaves_frees_what_it_had_at_once(world: World) -> None:
    worker, run = enlist(world), uuid4()
    take(world, worker, run)
    leases.discharge(world.ports.engine, worker)
    assert (world.rows(RunLease), world.rows(Worker)) == ([], [])
    assert take(world, enlist(world), run)


def test_a_worker_that_is_dead_for_long_is_forgotten_when_it_holds_nothing(world: World) -> None:
    gone, holding = enlist(world), enlist(world)
    take(world, holding, uuid4())
    world.sql("update worker set seen_at = now() - interval '1 day'")
    leases.lost(world.ports.engine)
    assert [each.id for each in world.rows(Worker)] == [holding]
    assert gone != holding


def test_row_6_what_a_worker_writes_after_its_lease_was_given_away_is_refused(world: World) -> None:
    """SIGSTOP for ten minutes and SIGCONT: the case went on under another worker; the old one must change nothing."""
    case_id, worker = world.at(CaseStatus.DOCUMENTED), enlist(world)
    [token] = take(world, worker, uuid4(), case=case_id).values()
    with carrying(token):
        leases.drop(world.ports.engine, token)  # as healing does
        with pytest.raises(LeaseLostError, match="another worker"):
            world.step(case_id)
    assert world.status(case_id) is CaseStatus.DOCUMENTED
    assert world.run(case_id) is CaseStatus.AWAITING_PAYMENT


@pytest.mark.parametrize(
    "status",
    [
        each
        for each in CaseStatus
        if each
        in {
            CaseStatus.RELEASED,
            CaseStatus.IDENTIFIED,
            CaseStatus.DOCUMENTED,
            CaseStatus.QUOTED,
            CaseStatus.PAID,
            CaseStatus.EXTENDED,
        }
    ],
)
def test_no_step_writes_without_its_lease(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    with carrying(uuid4()), pytest.raises(LeaseLostError):
        world.step(case_id)
    assert world.status(case_id) is status

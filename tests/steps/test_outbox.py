"""Word to the engine: each at least once, none before its time, and none lost when the engine is away."""

from typing import Any

import anyio
import pytest
from sqlalchemy import event

from infra import letters
from infra.cancelling import cancel_case
from infra.errors import TransientError
from infra.outbox import deliver_due
from infra.wiring import Ports
from models.case import Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from tests.fakes import FakeLauncher
from tests.world import World

_S = CaseStatus


@pytest.fixture
def engine() -> FakeLauncher:
    return FakeLauncher()


def deliver(world: World, engine: FakeLauncher) -> int:
    return anyio.run(deliver_due, world.ports, engine)


def waiting(world: World) -> int:
    return len(world.rows(OutboxMessage, delivered_at=None))


def test_released_case_is_started_once_under_its_own_name(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.RELEASED)
    assert deliver(world, engine) == 1
    assert deliver(world, engine) == 0
    case = world.case(case_id)
    assert engine.runs == {case_id: case.flow_run_id}
    assert engine.names == [(f"{case.reference} individual 1 person", ["renewal", "individual"])]


def test_sleeping_run_is_woken_when_its_order_is_paid_and_not_before(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    deliver(world, engine)
    run = engine.runs[case_id]
    engine.asleep.add(run)
    attempt = world.start(case_id)
    world.clock.advance(seconds=31)
    world.settle_all()
    deliver(world, engine)
    assert engine.woken == []
    world.paid_at_the_bank(attempt)
    world.settle_all()
    deliver(world, engine)
    assert engine.woken == [run]


def test_busy_run_is_told_later(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    deliver(world, engine)
    run = engine.runs[case_id]
    engine.running.add(run)
    world.pay(case_id)
    deliver(world, engine)
    assert waiting(world) > 0
    engine.running.clear()
    engine.asleep.add(run)
    world.clock.advance(seconds=1)
    deliver(world, engine)
    assert engine.woken == [run]


def test_word_is_kept_while_the_engine_is_away(world: World, engine: FakeLauncher) -> None:
    world.at(_S.RELEASED)
    engine.down = True
    for _ in range(3):
        assert deliver(world, engine) == 1
        world.clock.advance(seconds=11)
    engine.down = False
    assert deliver(world, engine) == 1
    assert waiting(world) == 0
    assert len(engine.runs) == 1


def test_carrier_that_dies_leaves_its_message_to_the_next(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.RELEASED)

    class Dying(FakeLauncher):
        async def start(self, *_: object, **__: object) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        deliver(world, Dying())
    assert deliver(world, engine) == 0  # the dead one's lease still holds
    world.clock.advance(seconds=31)
    assert deliver(world, engine) == 1
    assert world.case(case_id).flow_run_id == engine.runs[case_id]


def test_carrier_that_dies_after_the_start_starts_no_second_run(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.RELEASED)
    anyio.run(lambda: engine.start(case_id, name="first", tags=[]))
    deliver(world, engine)
    assert len(engine.runs) == 1
    assert world.case(case_id).flow_run_id == engine.runs[case_id]


def test_wake_of_a_case_that_was_never_started_starts_it(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.SUBMITTED)
    with world.session() as session:
        session.add(
            OutboxMessage(created_at=world.clock(), kind=OutboxKind.WAKE_RUN, case_id=case_id, due_at=world.clock())
        )
    deliver(world, engine)
    assert list(engine.runs) == [case_id]


def test_run_of_a_cancelled_case_is_woken_to_end(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    deliver(world, engine)
    engine.asleep.add(engine.runs[case_id])
    cancel_case(world.ports, world.case(case_id).reference, actor="tester", reason="a mistake")
    deliver(world, engine)
    assert engine.woken == [engine.runs[case_id]]


def test_completed_case_is_left_in_peace(world: World, engine: FakeLauncher) -> None:
    world.at(_S.COMPLETED)
    deliver(world, engine)
    engine.asleep |= set(engine.runs.values())
    world.clock.advance(days=8)
    deliver(world, engine)
    assert (engine.woken, waiting(world)) == ([], 0)


def test_two_carriers_at_once_do_not_carry_the_same_message(world: World, engine: FakeLauncher) -> None:
    for _ in range(3):
        world.at(_S.RELEASED)

    async def both() -> list[int]:
        counts: list[int] = []

        async def one() -> None:
            counts.append(await deliver_due(world.ports, engine))

        async with anyio.create_task_group() as group:
            group.start_soon(one)
            group.start_soon(one)
        return counts

    assert sum(anyio.run(both)) == 3
    assert len(engine.names) == 3
    assert {case.flow_run_id for case in world.rows(Case)} == set(engine.runs.values())


def test_runs_are_created_in_the_work_queue_of_their_service(world: World, engine: FakeLauncher) -> None:
    world.at(_S.RELEASED)
    for case_id in world.submitted(world.company(world.person(), world.person())):
        world.release(case_id)
    deliver(world, engine)
    assert sorted(engine.queues) == ["company", "company", "individual"]


def test_one_that_prefect_refuses_waits_and_keeps_nobody_back(world: World, engine: FakeLauncher) -> None:
    refused, other = world.at(_S.RELEASED), world.at(_S.RELEASED)
    engine.refused.add(refused)
    assert deliver(world, engine) == 2
    assert (list(engine.runs), waiting(world)) == ([other], 1)
    engine.refused.clear()
    world.clock.advance(seconds=1)
    assert deliver(world, engine) == 1
    assert set(engine.runs) == {refused, other}


def test_a_case_that_somebody_has_locked_keeps_the_others_of_its_batch_from_nothing(
    world: World, engine: FakeLauncher, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, other = world.at(_S.RELEASED), world.at(_S.RELEASED)

    def record(ports: Ports, **what: Any) -> None:
        if stuck in what["runs"]:
            raise TransientError("the lock was not had in time")
        letters.record(ports, **what)

    monkeypatch.setattr("infra.outbox.record", record)
    deliver(world, engine)
    assert world.case(other).flow_run_id == engine.runs[other]
    assert (world.case(stuck).flow_run_id, waiting(world)) == (None, 1)
    monkeypatch.undo()
    world.clock.advance(seconds=31)
    deliver(world, engine)
    assert world.case(stuck).flow_run_id == engine.runs[stuck]


def test_a_wake_waits_while_the_run_is_being_created(world: World, engine: FakeLauncher) -> None:
    """A first carrier has made the run and not said so yet: the run is known to nobody, and must hear the news."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    letters.claim(world.ports)
    run = anyio.run(lambda: engine.start(case_id, name="first", tags=[]))
    engine.asleep.add(run)
    world.pay(case_id)
    deliver(world, engine)
    assert (engine.woken, waiting(world)) == ([], 2)
    world.clock.advance(seconds=31)
    deliver(world, engine)
    world.clock.advance(seconds=1)
    deliver(world, engine)
    assert (engine.woken, waiting(world)) == ([run], 0)


def test_more_words_than_one_call_takes_are_all_carried(world: World, engine: FakeLauncher) -> None:
    world.submit(world.company(*(world.person() for _ in range(27))))
    assert len(world.release()) == 27
    assert deliver(world, engine) == 27
    assert (len(engine.runs), waiting(world)) == (27, 0)


def test_a_batch_is_taken_up_in_one_statement_and_put_down_in_two(world: World, engine: FakeLauncher) -> None:
    for _ in range(5):
        world.at(_S.RELEASED)
    said: list[str] = []

    def listen(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    event.listen(world.ports.engine, "before_cursor_execute", listen)
    try:
        assert deliver(world, engine) == 5
    finally:
        event.remove(world.ports.engine, "before_cursor_execute", listen)
    assert [each.split()[0].lower() for each in said] == ["with", "update", "update"]

"""Word to the engine: each at least once, none before its time, and none lost when the engine is away."""

import anyio
import pytest

from infra.cancelling import cancel_case
from infra.outbox import deliver_due
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

"""A case that staff hold stops where it stands; its money does not; who, when and why stand in its history."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from time import sleep
from uuid import UUID

import anyio
import pytest
from sqlalchemy import text

from infra.cancelling import cancel_case
from infra.database import locked
from infra.holding import hold_case, unhold_case
from infra.outbox import deliver_due
from infra.payments.due import settle_due
from models.case import CaseStatus
from models.errors import CaseworkError, InputError, MissingError, RuleError
from models.history import Transition
from models.outbox import OutboxKind, OutboxMessage
from models.payments.attempt import AttemptState
from models.payments.order import OrderStatus, PaymentOrder
from tasks.standing import _take_up
from tests.fakes import FakeLauncher
from tests.world import World

_S = CaseStatus


@pytest.fixture
def engine() -> FakeLauncher:
    return FakeLauncher()


def hold(world: World, case_id: UUID) -> None:
    hold_case(world.ports, case_id=case_id, actor="Noura", reason="a letter is expected")


def let_go(world: World, case_id: UUID) -> None:
    unhold_case(world.ports, case_id=case_id, actor="Badr", reason="the letter came")


def deliver(world: World, engine: FakeLauncher) -> None:
    anyio.run(deliver_due, world.ports, engine)


def words(world: World, case_id: UUID) -> list[OutboxKind]:
    return [each.kind for each in world.rows(OutboxMessage, case_id=case_id, delivered_at=None)]


def test_hold_and_unhold_stand_in_the_history_with_who_and_why(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    hold(world, case_id)
    case = world.case(case_id)
    assert (case.is_held, case.held_by, case.held_because) == (True, "Noura", "a letter is expected")
    let_go(world, case_id)
    assert not world.case(case_id).is_held
    rows = world.rows(Transition, entity="renewal_case", entity_id=case_id)[-2:]
    assert [(each.event, each.actor, each.reason, each.before == each.after) for each in rows] == [
        ("hold", "Noura", "a letter is expected", True),
        ("unhold", "Badr", "the letter came", True),
    ]
    assert world.history(world.case(case_id))[-2:] == ["hold", "unhold"]


@pytest.mark.parametrize("status", [_S.RELEASED, _S.DOCUMENTED, _S.AWAITING_PAYMENT, _S.PAID])
def test_a_held_case_is_not_carried_on_until_it_is_let_go(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    hold(world, case_id)
    assert _take_up(case_id) is None
    assert world.status(case_id) is status
    let_go(world, case_id)
    assert _take_up(case_id) is status
    assert OutboxKind.WAKE_RUN in words(world, case_id)


def test_a_case_that_waits_in_the_queue_has_no_run_to_be_told(world: World) -> None:
    case_id = world.at(_S.SUBMITTED)
    hold(world, case_id)
    let_go(world, case_id)
    assert words(world, case_id) == []


def test_what_is_paid_meanwhile_is_settled_and_the_case_goes_on_afterwards(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    hold(world, case_id)
    world.paid_at_the_bank(attempt)
    world.settle_all()
    assert world.attempts(case_id)[0].state is AttemptState.CAPTURED
    assert (world.status(case_id), world.order(case_id).status) == (_S.PAID, OrderStatus.PAID)
    assert _take_up(case_id) is None
    let_go(world, case_id)
    assert world.run(case_id) is _S.COMPLETED


def test_an_order_does_not_lapse_while_staff_hold_its_case(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    hold(world, case_id)
    world.clock.advance(days=20)
    assert settle_due(world.ports).lapsed == []
    let_go(world, case_id)
    assert settle_due(world.ports).lapsed == []
    world.clock.advance(days=6)
    assert settle_due(world.ports).lapsed == []
    world.clock.advance(days=2)
    assert settle_due(world.ports).lapsed == [world.order(case_id).id]
    assert world.status(case_id) is _S.CANCELLED


def test_a_run_that_ended_as_held_goes_on_as_the_same_run(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.RELEASED)
    deliver(world, engine)
    run = engine.runs[case_id]
    hold(world, case_id)
    engine.held.add(run)
    let_go(world, case_id)
    deliver(world, engine)
    assert (engine.woken, len(engine.names)) == ([run], 1)


def test_news_of_a_held_case_starts_no_run_that_could_only_end_at_once(world: World, engine: FakeLauncher) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    deliver(world, engine)
    engine.held.add(engine.runs[case_id])
    attempt = world.start(case_id)
    hold(world, case_id)
    world.paid_at_the_bank(attempt)
    world.settle(attempt)
    world.clock.advance(seconds=1)
    deliver(world, engine)
    assert (engine.woken, len(engine.names), words(world, case_id)) == ([], 1, [])


def test_a_run_that_was_cancelled_in_the_ui_is_replaced_when_the_case_goes_on(
    world: World, engine: FakeLauncher
) -> None:
    case_id = world.at(_S.RELEASED)
    deliver(world, engine)
    first = engine.runs[case_id]
    hold_case(world.ports, case_id=case_id, actor="prefect-ui", reason="its run was cancelled in the Prefect UI")
    let_go(world, case_id)
    deliver(world, engine)
    assert world.case(case_id).flow_run_id == engine.runs[case_id] != first


def test_what_cannot_be_held_says_why(world: World) -> None:
    closed, waiting = world.at(_S.COMPLETED), world.at(_S.SUBMITTED)
    with pytest.raises(RuleError, match="nothing left to hold"):
        hold(world, closed)
    with pytest.raises(InputError, match="reason"):
        hold_case(world.ports, case_id=waiting, actor="Noura", reason="  ")
    with pytest.raises(RuleError, match="not held"):
        let_go(world, waiting)
    hold(world, waiting)
    with pytest.raises(RuleError, match="held already, by Noura: a letter is expected"):
        hold(world, waiting)
    with pytest.raises(MissingError):
        hold_case(world.ports, reference="RN-0000-0000", actor="Noura", reason="a letter")
    assert issubclass(MissingError, CaseworkError)


def test_a_held_case_that_is_cancelled_is_held_no_more(world: World) -> None:
    case_id = world.at(_S.SUBMITTED)
    hold(world, case_id)
    cancel_case(world.ports, world.case(case_id).reference, actor="Badr", reason="a mistake")
    case = world.case(case_id)
    assert (case.status, case.is_held, case.held_because) == (_S.CANCELLED, False, None)


def test_an_order_does_not_lapse_under_a_hold_that_comes_between_look_and_act(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.clock.advance(days=30)
    assert while_it_lapses(world, case_id, lambda _: hold(world, case_id)) == []
    assert world.order(case_id).status is OrderStatus.OPEN


def test_an_order_does_not_lapse_whose_time_is_put_off_between_look_and_act(world: World) -> None:
    """As when a hold is lifted: the payer has still the time for which it was held."""
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.clock.advance(days=30)

    def put_off(order: PaymentOrder) -> None:
        order.expires_at += timedelta(days=30)

    assert while_it_lapses(world, case_id, put_off) == []
    assert world.order(case_id).status is OrderStatus.OPEN


def while_it_lapses(world: World, case_id: UUID, do: Callable[[PaymentOrder], None]) -> list[UUID]:
    """What lapsed although `do` came first: the worker has chosen the order and waits for its lock."""
    with ThreadPoolExecutor(1) as hands:
        with world.session() as session:
            order = locked(session, PaymentOrder, world.order(case_id).id)
            round_ = hands.submit(settle_due, world.ports)
            wait_for_lock(world)
            do(order)
        return round_.result().lapsed


def wait_for_lock(world: World) -> None:
    """On a connection of its own: a transaction sees the activity as it was at first."""
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    for _ in range(200):
        with world.ports.engine.connect() as connection:
            if connection.execute(waiting).scalar_one():
                return
        sleep(0.02)
    raise AssertionError("the worker did not come to the order")

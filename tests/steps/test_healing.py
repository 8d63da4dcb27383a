"""What healing reads and writes in our database; the whole of it with Prefect is in tests/flows and tests/storm."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from infra import healing, leases
from infra.holding import hold_case
from models.case import CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from tests.world import World

LATER = healing.STILL + timedelta(seconds=1)


def still(world: World) -> list[UUID]:
    return [each.case_id for each in healing.standing_still(world.ports, after=None, limit=100)]


def forgotten(world: World, status: CaseStatus = CaseStatus.DOCUMENTED) -> UUID:
    """A case that waits on us, and whose words have all been delivered long ago."""
    case_id = world.at(status)
    world.sql("update outbox_message set delivered_at = due_at")
    world.clock.at += LATER
    return case_id


def test_a_case_that_waits_on_us_and_of_which_nothing_is_heard_is_found(world: World) -> None:
    assert still(world) == []
    case_id = forgotten(world)
    assert still(world) == [case_id]


@pytest.mark.parametrize("status", [CaseStatus.SUBMITTED, CaseStatus.AWAITING_PAYMENT, CaseStatus.COMPLETED])
def test_who_waits_on_somebody_else_is_left_alone(world: World, status: CaseStatus) -> None:
    forgotten(world, status)
    assert still(world) == []


def test_who_has_moved_a_moment_ago_is_left_alone(world: World) -> None:
    case_id = forgotten(world)
    world.step(case_id)
    assert still(world) == []


def test_who_has_a_word_on_its_way_is_left_alone(world: World) -> None:
    case_id = forgotten(world)
    healing.send_word(world.ports, [case_id])
    assert still(world) == []
    [word] = world.rows(OutboxMessage, delivered_at=None)
    assert (word.kind, word.case_id) == (OutboxKind.WAKE_RUN, case_id)


def test_who_is_carried_is_left_alone(world: World) -> None:
    case_id = forgotten(world)
    worker = leases.enlist(world.ports.engine, "one", now=world.clock())
    leases.take(world.ports.engine, worker, {uuid4(): case_id}, now=world.clock())
    assert still(world) == []


def test_who_is_held_is_left_alone(world: World) -> None:
    hold_case(world.ports, case_id=forgotten(world), actor="tester", reason="asked for")
    assert still(world) == []


def test_many_are_looked_through_page_by_page(world: World) -> None:
    found = sorted(forgotten(world) for _ in range(3))
    first = healing.standing_still(world.ports, after=None, limit=2)
    rest = healing.standing_still(world.ports, after=first[-1].case_id, limit=2)
    assert [each.case_id for each in (*first, *rest)] == found


def test_runs_that_nobody_carries_are_told_from_those_that_are(world: World) -> None:
    worker = leases.enlist(world.ports.engine, "one", now=world.clock())
    carried, free = uuid4(), uuid4()
    leases.take(world.ports.engine, worker, {carried: None}, now=world.clock())
    assert healing.without_lease(world.ports, [carried, free]) == {free}


def test_the_runs_of_closed_cases_are_found(world: World) -> None:
    runs = {}
    for status in (CaseStatus.COMPLETED, CaseStatus.AWAITING_PAYMENT):
        runs[status] = uuid4()
        world.sql("update renewal_case set flow_run_id = :run where id = :id", run=runs[status], id=world.at(status))
    assert healing.of_closed_cases(world.ports, list(runs.values())) == [runs[CaseStatus.COMPLETED]]


def test_one_heals_at_a_time(world: World) -> None:
    mine = healing.take_turn(world.ports.engine)
    assert mine is not None
    assert healing.take_turn(world.ports.engine) is None
    healing.end_turn(mine)
    again = healing.take_turn(world.ports.engine)
    assert again is not None
    healing.end_turn(again)


def test_row_12_with_another_prefect_every_open_case_gets_a_word_to_start(world: World) -> None:
    deployment, lost = uuid4(), (CaseStatus.DOCUMENTED, CaseStatus.AWAITING_PAYMENT)
    assert healing.know_engine(world.ports, deployment) == 0
    cases = {status: world.at(status) for status in (*lost, CaseStatus.SUBMITTED, CaseStatus.COMPLETED)}
    for status, case_id in cases.items():
        if status is not CaseStatus.SUBMITTED:
            world.sql("update renewal_case set flow_run_id = :run where id = :id", run=uuid4(), id=case_id)
    world.sql("update outbox_message set delivered_at = due_at")
    assert healing.know_engine(world.ports, deployment) == 0
    assert healing.know_engine(world.ports, uuid4()) == len(lost)
    words = world.rows(OutboxMessage, delivered_at=None)
    assert {each.case_id for each in words} == {cases[status] for status in lost}
    assert {each.kind for each in words} == {OutboxKind.START_RUN}
    assert all(world.case(cases[status]).flow_run_id is None for status in lost)
    assert world.case(cases[CaseStatus.COMPLETED]).flow_run_id is not None


def test_a_run_whose_case_has_another_one_by_now_is_found(world: World) -> None:
    case_id, current, old = world.at(CaseStatus.AWAITING_PAYMENT), uuid4(), uuid4()
    assert healing.superseded(world.ports, {old: case_id}) == []
    world.sql("update renewal_case set flow_run_id = :run where id = :id", run=current, id=case_id)
    assert healing.superseded(world.ports, {old: case_id, current: case_id}) == [old]

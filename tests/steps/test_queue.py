"""Releasing cases from the intake queue: in their order, in the chosen number, each once."""

from models.case import Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.service import Service
from tests.racing import at_once
from tests.world import World


def queue(world: World, how_many: int) -> list[str]:
    return [reference for _ in range(how_many) for reference in world.submit().references]


def test_urgent_cases_go_first_and_then_the_oldest(world: World) -> None:
    first, second, third = queue(world, 3)
    world.sql("update renewal_case set priority = 5 where reference = :it", it=third)
    assert world.release(limit=2) == [third, first]
    assert world.release(limit=2) == [second]
    assert world.release() == []


def test_release_and_the_word_to_the_engine_are_one(world: World) -> None:
    [reference] = queue(world, 1)
    world.release()
    [case] = world.rows(Case, reference=reference)
    [message] = world.rows(OutboxMessage, case_id=case.id)
    assert (case.status, message.kind, message.delivered_at) == (CaseStatus.RELEASED, OutboxKind.START_RUN, None)


def test_one_service_or_chosen_cases_can_be_released_alone(world: World) -> None:
    alone, chosen = queue(world, 2)
    company = world.submit(world.company(world.person(), world.person())).references
    ids = {case.reference: case.id for case in world.rows(Case)}
    assert world.release(ids[chosen]) == [chosen]
    from_service = [each.reference for each in world.rows(Case, service=Service.COMPANY)]
    assert sorted(from_service) == sorted(company)
    assert world.release() == [alone, *sorted(company, key=lambda each: (world.case(ids[each]).created_at, ids[each]))]


def test_two_operators_at_once_release_different_cases(world: World) -> None:
    waiting = queue(world, 4)
    one, other = at_once(lambda: world.release(limit=2), lambda: world.release(limit=2))
    assert isinstance(one, list)
    assert isinstance(other, list)
    released = [*one, *other, *world.release()]  # a locked row is passed over, not waited for
    assert sorted(released) == sorted(waiting)
    assert len(world.rows(OutboxMessage)) == len(waiting)

"""Releasing cases from the intake queue: in their order, in the chosen number, each once, and never a held one."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text

from infra.errors import PermanentError, TransientError
from infra.holding import hold_case, unhold_case
from infra.queue import Wanted, release
from infra.ranking import fold_totals, learn_expiries, rank_again
from infra.sandbox.people import Specimen
from infra.waiting_list import head, held, totals
from models.case import Case, CaseStatus
from models.outbox import OutboxKind, OutboxMessage
from models.priority import QueueOrder, Waiting, rank
from models.queue_tally import QueueTally
from models.rules.book import rule_book
from models.service import Service
from tests.racing import at_once
from tests.world import World


def queue(world: World, how_many: int) -> list[str]:
    return [reference for _ in range(how_many) for reference in world.submit().references]


def expiring(world: World, days: int) -> Specimen:
    """A person whose permit ends in so many days, as the registry says."""
    person = world.person()
    residency = person.resident.residency
    assert residency is not None
    changed = residency.model_copy(update={"permit_expires": world.today + timedelta(days=days)})
    world.registries.people[person.civil_number] = person.resident.model_copy(update={"residency": changed})
    return person


def waiting_for(world: World, *days: int) -> list[str]:
    """Cases of one person each, ranked; in the order of their submission."""
    made = [world.submit(world.draft(Service.INDIVIDUAL, expiring(world, each))).references[0] for each in days]
    assert learn_expiries(world.ports) == len(days)
    return made


def named(world: World, reference: str) -> Case:
    [case] = world.rows(Case, reference=reference)
    return case


def test_whom_delay_costs_most_goes_first_and_then_the_oldest(world: World) -> None:
    later, capped, soon, fined, also_fined, twice = waiting_for(world, 30, -900, 2, -3, -3, -60)
    assert world.release(limit=3) == [twice, fined, also_fined]
    assert world.release() == [capped, soon, later]
    assert world.release() == []


def test_the_oldest_go_first_when_staff_want_it_so(world: World) -> None:
    first, second = waiting_for(world, 30, -60)
    wanted = Wanted(limit=5, order=QueueOrder.OLDEST_FIRST)
    assert release(world.ports, wanted, actor="tester").references == [first, second]


def test_the_order_follows_the_day(world: World) -> None:
    """Nobody touches the rows at night: those whose fine begins, and no others, are looked at when they are needed."""
    fined, tomorrow, later = waiting_for(world, -3, 1, 40)
    assert rank_again(world.ports) == 0
    world.clock.advance(days=28)
    assert rank_again(world.ports) == 2  # the one costs KD 4 a day now, the other KD 2
    assert [named(world, each).urgency[0] for each in (fined, tomorrow, later)] == [-4000, -2000, 0]
    world.clock.advance(days=13)
    assert world.release() == [fined, tomorrow, later]
    assert named(world, later).urgency[0] == -2000


def test_what_is_stored_is_what_the_rule_says(world: World) -> None:
    [reference] = waiting_for(world, 12)
    case = named(world, reference)
    expected = rank([Waiting(18, world.today + timedelta(days=12))], rule_book().fees.fines, on=world.today)
    assert (tuple(case.urgency), case.permit_expires, case.rank_again_on, case.expiry_due_at) == (
        expected.key,
        expected.expires,
        expected.again_on,
        None,
    )


def test_a_case_waits_and_is_released_while_the_registry_is_away(world: World) -> None:
    [reference] = queue(world, 1)
    world.registries.trouble = TransientError("away")
    with pytest.raises(TransientError):
        learn_expiries(world.ports)
    assert learn_expiries(world.ports) == 0  # it is asked again later
    world.registries.trouble = None
    world.clock.advance(minutes=3)
    assert learn_expiries(world.ports) == 1
    assert named(world, reference).permit_expires is not None


def test_a_case_of_unknown_expiry_stands_before_those_that_have_time(world: World) -> None:
    [soon] = waiting_for(world, 1)
    [unknown] = queue(world, 1)
    assert world.release() == [unknown, soon]


def test_a_person_unknown_to_the_registry_is_asked_about_once(world: World) -> None:
    [reference] = queue(world, 1)
    world.registries.people.clear()
    assert learn_expiries(world.ports) == 1
    assert named(world, reference).permit_expires is None
    assert learn_expiries(world.ports) == 0


def test_a_record_that_cannot_be_read_hides_no_other(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    queue(world, 3)
    broken = min(world.registries.people)
    ask = world.registries.permits

    def permits(numbers: list[str]) -> dict[str, date]:
        if broken in numbers:
            raise PermanentError("a record cannot be read")
        return ask(numbers)

    monkeypatch.setattr(world.registries, "permits", permits)
    assert learn_expiries(world.ports) == 3
    assert sorted(case.permit_expires is None for case in world.rows(Case)) == [False, False, True]


def test_a_registry_that_refuses_everybody_has_told_nothing(world: World) -> None:
    queue(world, 2)
    world.registries.trouble = PermanentError("the token is wrong")
    with pytest.raises(PermanentError):
        learn_expiries(world.ports)
    world.registries.trouble = None
    world.clock.advance(minutes=3)
    assert learn_expiries(world.ports) == 2


def test_two_workers_ask_about_different_cases(world: World) -> None:
    queue(world, 3)
    asked = at_once(lambda: learn_expiries(world.ports), lambda: learn_expiries(world.ports))
    assert sorted(asked, key=str) == [0, 3]


def test_release_and_the_word_to_the_engine_are_one(world: World) -> None:
    [reference] = queue(world, 1)
    world.release()
    case = named(world, reference)
    [message] = world.rows(OutboxMessage, case_id=case.id)
    assert (case.status, message.kind, message.delivered_at) == (CaseStatus.RELEASED, OutboxKind.START_RUN, None)


def test_one_service_or_chosen_cases_can_be_released_alone(world: World) -> None:
    alone, chosen = queue(world, 2)
    company = world.submit(world.company(world.person(), world.person())).references
    ids = {case.reference: case.id for case in world.rows(Case)}
    assert world.release(ids[chosen]) == [chosen]
    of_company = Wanted(limit=9, service=Service.COMPANY)
    assert sorted(release(world.ports, of_company, actor="tester", dry_run=True).references) == sorted(company)
    assert world.release() == [alone, *sorted(company, key=lambda each: (world.case(ids[each]).created_at, ids[each]))]


def test_two_operators_at_once_release_different_cases(world: World) -> None:
    waiting = queue(world, 4)
    one, other = at_once(lambda: world.release(limit=2), lambda: world.release(limit=2))
    assert isinstance(one, list)
    assert isinstance(other, list)
    released = [*one, *other, *world.release()]  # a locked row is passed over, not waited for
    assert sorted(released) == sorted(waiting)
    assert len(world.rows(OutboxMessage)) == len(waiting)


def test_a_dry_run_says_who_would_go_and_why_and_changes_nothing(world: World) -> None:
    soon, fined = waiting_for(world, 2, -3)
    would = release(world.ports, Wanted(limit=9), actor="tester", dry_run=True)
    assert [(row.reference, row.why) for row in would.rows] == [
        (fined, "each day costs KD 2.000: the permit ended 3 days ago"),
        (soon, "the permit ends in 2 days"),
    ]
    assert world.rows(OutboxMessage) == []
    assert world.release() == would.references


def test_references_that_are_not_released_are_named_with_the_reason(world: World) -> None:
    waiting, stopped, gone = queue(world, 3)
    world.release(named(world, gone).id)
    hold_case(world.ports, reference=stopped, actor="Noura", reason="a letter is expected")
    wanted = Wanted(limit=9, references=(f" {waiting.lower()} ", stopped, gone, "RN-0000-0000"))
    done = release(world.ports, wanted, actor="tester")
    assert done.references == [waiting]
    assert {each.reference: each.why for each in done.left} == {
        stopped: "is held; its status says why",
        gone: "does not wait in the queue: it is released",
        "RN-0000-0000": "there is no such case",
    }


def test_a_held_case_is_passed_over_until_it_is_let_go(world: World) -> None:
    first, second = queue(world, 2)
    hold_case(world.ports, reference=first, actor="Noura", reason="a letter is expected")
    assert world.release() == [second]
    unhold_case(world.ports, reference=first, actor="Badr", reason="the letter came")
    assert world.release() == [first]


def test_the_list_shows_head_held_and_totals(world: World) -> None:
    fined, soon, stopped = waiting_for(world, -3, 2, -60)
    hold_case(world.ports, reference=stopped, actor="Noura", reason="a letter is expected")
    world.submit(world.company(world.person(), world.person()))
    now = world.clock()
    with world.session() as session:
        ahead = head(session, service=Service.INDIVIDUAL, limit=5, now=now)
        aside = held(session, service=None, limit=5, now=now)
        sums = {each.service: each for each in totals(session, list(Service))}
    assert [(row.reference, row.days_left, str(row.fine_per_day)) for row in ahead] == [
        (fined, -3, "2.000"),
        (soon, 2, "0.000"),
    ]
    assert [(row.reference, row.held_by, row.held_because) for row in aside] == [
        (stopped, "Noura", "a letter is expected")
    ]
    assert {service: (each.cases, each.persons) for service, each in sums.items()} == {
        Service.INDIVIDUAL: (2, 2),
        Service.COMPANY: (2, 2),
    }
    assert str(sums[Service.INDIVIDUAL].fine_per_day) == "2.000"


def test_totals_are_what_counting_gives_whatever_happens(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("infra.ranking._UNFOLDED", 5)
    counted = """
    select service, count(*), -sum(urgency[4]), -sum(urgency[1]) from renewal_case
    where status = 'submitted' and held_at is null group by service order by service"""

    def check() -> None:
        with world.session() as session:
            kept = [(e.service.value, e.cases, e.persons, e.fine_per_day.fils) for e in totals(session, list(Service))]
            assert sorted(kept) == [tuple(row) for row in session.connection().execute(text(counted))]

    check()
    first, second, _ = waiting_for(world, -3, -60, 12)
    world.submit(world.company(world.person(), world.person()))
    check()
    hold_case(world.ports, reference=first, actor="Noura", reason="a letter is expected")
    check()
    world.clock.advance(days=30)
    rank_again(world.ports)
    unhold_case(world.ports, reference=first, actor="Noura", reason="it came")
    check()
    fold_totals(world.ports)
    assert len(world.rows(QueueTally)) == 2
    check()
    world.release(named(world, second).id)
    check()
    world.release()
    check()


@pytest.mark.parametrize("service", ["", "service = 'company' and"])
def test_the_head_is_read_by_an_index_alone(world: World, service: str) -> None:
    """Without a sort, so that it costs the same however many wait.

    A few rows are sorted as cheaply as they are read in order, so the planner is told to sort only where it must.
    """
    with world.session() as session:
        for way in ("seqscan", "sort", "incremental_sort"):
            session.connection().execute(text(f"set local enable_{way} = off"))
        plan = session.connection().execute(
            text(
                f"explain select * from renewal_case where {service} status = 'submitted' and held_at is null"  # noqa: S608
                " order by urgency, created_at, id limit 100"
            )
        )
        lines = "\n".join(plan.scalars())
    assert "ix_renewal_case_queue" in lines
    assert "Sort" not in lines

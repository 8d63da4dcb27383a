"""What holds for all six steps: each does its work once, minds its own business, and leaves nothing half done."""

from collections.abc import Callable
from uuid import UUID

import pytest

from infra.errors import InfraError, PermanentError, TransientError
from models.case import Case, CaseStatus
from models.history import Transition
from tests.world import STEPS, World

_S = CaseStatus
WORK = [
    pytest.param(_S.RELEASED, _S.IDENTIFIED, id="validate_identity"),
    pytest.param(_S.IDENTIFIED, _S.DOCUMENTED, id="collect_documents"),
    pytest.param(_S.DOCUMENTED, _S.QUOTED, id="compute_fee"),
    pytest.param(_S.QUOTED, _S.AWAITING_PAYMENT, id="take_payment"),
    pytest.param(_S.PAID, _S.EXTENDED, id="extend_residency"),
    pytest.param(_S.EXTENDED, _S.COMPLETED, id="render_receipt"),
]
ALL_STEPS = list(dict.fromkeys(STEPS.values()))


def rows_of(world: World) -> int:
    return len(world.rows(Transition))


@pytest.mark.parametrize(("here", "there"), WORK)
def test_step_does_its_work_once_however_often_it_runs(world: World, here: CaseStatus, there: CaseStatus) -> None:
    case_id = world.at(here)
    assert STEPS[here](case_id) is there
    before = rows_of(world)
    assert STEPS[here](case_id) is there
    assert rows_of(world) == before


@pytest.mark.parametrize("status", [_S.SUBMITTED, _S.AWAITING_PAYMENT, _S.COMPLETED])
def test_step_leaves_a_case_alone_that_stands_elsewhere(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    asked, before = world.registries.asked, rows_of(world)
    assert {step(case_id) for step in ALL_STEPS} == {status}
    assert (world.registries.asked, rows_of(world)) == (asked, before)


def break_store(world: World, _error: InfraError) -> None:
    world.store.writes_left = 0


def break_registries(world: World, error: InfraError) -> None:
    world.registries.trouble = error


@pytest.mark.parametrize(
    ("here", "breaks"),
    [
        pytest.param(_S.RELEASED, break_registries, id="registries silent at the identity"),
        pytest.param(_S.IDENTIFIED, break_store, id="store down at the documents"),
        pytest.param(_S.PAID, break_registries, id="registry silent at the extension"),
        pytest.param(_S.EXTENDED, break_store, id="store down at the receipt"),
    ],
)
def test_trouble_is_raised_to_be_tried_again_and_leaves_the_case_where_it_was(
    world: World, here: CaseStatus, breaks: Callable[[World, InfraError], None]
) -> None:
    case_id = world.at(here)
    before = world.history(world.case(case_id))
    breaks(world, TransientError("nobody answered"))
    with pytest.raises(TransientError):
        STEPS[here](case_id)
    assert world.history(world.case(case_id)) == before
    world.registries.trouble, world.store.writes_left = None, None
    assert STEPS[here](case_id) is not here


@pytest.mark.parametrize(
    ("here", "there"),
    [(_S.RELEASED, _S.REGISTRY_REFUSED), (_S.PAID, _S.RENEWAL_REFUSED)],
    ids=["identity", "extension"],
)
def test_refusing_registry_leaves_the_case_to_staff_with_the_reason(
    world: World, here: CaseStatus, there: CaseStatus
) -> None:
    case_id = world.at(here)
    world.registries.trouble = PermanentError("the registry refuses (403)")
    assert STEPS[here](case_id) is there
    last = world.rows(Transition, entity=Case.__tablename__, entity_id=case_id)[-1]
    assert last.reason == "the registry refuses (403)"
    assert not world.registries.extended


def test_case_that_was_moved_while_the_registry_thought_is_left_alone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two runs of the same step at once: the slower one finds the work done."""
    case_id = world.at(_S.RELEASED)
    ask = world.registries.ask

    def ask_slowly(civil_numbers: list[str]) -> object:
        monkeypatch.setattr(world.registries, "ask", ask)
        assert STEPS[_S.RELEASED](case_id) is _S.IDENTIFIED
        return ask(civil_numbers)

    monkeypatch.setattr(world.registries, "ask", ask_slowly)
    assert STEPS[_S.RELEASED](case_id) is _S.IDENTIFIED
    assert world.history(world.case(case_id)) == ["release", "identify"]


def test_extension_names_each_person_and_their_new_period(world: World) -> None:
    head = world.sponsor()
    persons = [world.person(22, sponsor=head, relation="child") for _ in range(2)]
    case_id: UUID = world.at(_S.EXTENDED, world.family(head, *persons))
    extensions = world.registries.extended[case_id]
    assert [each.civil_number for each in extensions] == [each.civil_number for each in persons]
    assert {(each.end.year - each.start.year, each.years) for each in extensions} == {(1, 1)}

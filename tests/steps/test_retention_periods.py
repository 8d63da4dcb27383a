"""The periods: what is over goes by itself, each outcome in its own time, and what holds a case back."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.retaining import due
from infra.retaining.forbidding import place_hold
from infra.retaining.periods import Retained, retain
from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.document import Document
from models.erasure import Erasure, ErasureCause
from models.person import CasePerson
from models.retention import retention_periods
from models.service import Service
from tests.erasures import everything, reference
from tests.world import World

S = CaseStatus


def closed(world: World, status: CaseStatus, *, days: int) -> UUID:
    """A case that ended so long ago."""
    if status is S.REJECTED:
        case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.NO_BIOMETRICS)))
    elif status is S.CANCELLED:
        case_id = world.at(S.AWAITING_PAYMENT)
        cancel_case(world.ports, reference(world, case_id), actor="sara", reason="asked")
    else:
        case_id = world.at(S.COMPLETED)
    world.clock.advance(days=days)
    world.settle_all()
    return case_id


@contextmanager
def stuck(world: World, case_id: UUID, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A file of the case cannot be erased."""
    bad = world.rows(Document, case_id=case_id)[0].quarantine_key
    really = world.store.erase

    def locked_one(key: str) -> None:
        if key == bad:
            raise PermanentError("the object store refuses: AccessDenied (403)")
        really(key)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "erase", locked_one)
        yield


def run(world: World, **how: Any) -> Retained:
    return retain(world.ports, **{"dry_run": False, "include_unconfirmed": True, **how})


@pytest.mark.parametrize("status", [S.REJECTED, S.CANCELLED, S.COMPLETED])
def test_each_outcome_has_its_own_time_to_the_day(world: World, status: CaseStatus) -> None:
    period = retention_periods()[status]
    case_id = closed(world, status, days=period.days - 1)
    assert run(world).erased == {}
    world.clock.advance(days=1)
    assert run(world).erased == {status: 1}
    assert world.case(case_id).erased_at is not None
    assert run(world).erased == {}
    [erasure] = world.rows(Erasure)
    assert (erasure.cause, erasure.requested_by, erasure.approved_by) == (ErasureCause.RETENTION, "retain", None)


def test_a_permit_that_still_runs_keeps_its_case() -> None:
    period = retention_periods()[S.COMPLETED]
    assert period.beyond_expiry is not None
    closed_on, late = date(2026, 11, 23), date(2036, 11, 23)
    assert period.ends(closed_on=closed_on, expires=late) == late + timedelta(days=period.beyond_expiry)
    assert period.ends(closed_on=closed_on, expires=None) == closed_on + timedelta(days=period.days)


def test_a_period_that_nobody_confirmed_is_only_counted(world: World) -> None:
    assert all(each.needs_confirmation for each in retention_periods().values())
    closed(world, S.REJECTED, days=400)
    done = run(world, include_unconfirmed=False)
    assert (done.erased, done.unconfirmed) == ({}, {S.REJECTED: 1})
    assert not world.rows(CasePerson)[0].is_erased


def test_a_dry_run_counts_and_names_what_is_held_back_and_changes_nothing(world: World) -> None:
    closed(world, S.REJECTED, days=0)
    held = closed(world, S.REJECTED, days=400)
    place_hold(world.ports, reference(world, held), actor="sara", reason="court")
    before = everything(world)
    done = run(world, dry_run=True)
    assert done.erased == {S.REJECTED: 1}
    assert done.held_back == [f"{reference(world, held)}: a legal hold by sara: court"]
    assert everything(world) == before
    assert world.rows(Erasure) == []


def test_one_that_fails_keeps_no_other_waiting_and_is_tried_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "PAGE", 1)
    first, second = closed(world, S.REJECTED, days=0), closed(world, S.REJECTED, days=400)
    with stuck(world, first, monkeypatch):
        done = run(world)
    assert (done.erased, len(done.failed)) == ({S.REJECTED: 1}, 1)
    assert world.case(second).erased_at is not None
    assert run(world).finished == 1
    assert world.case(first).erased_at is not None


def test_a_file_that_can_never_go_keeps_no_later_run_from_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = closed(world, S.REJECTED, days=400)
    with stuck(world, first, monkeypatch):
        assert len(run(world).failed) == 1
        second = closed(world, S.REJECTED, days=400)
        done = run(world)
        assert (done.erased, len(done.failed)) == ({S.REJECTED: 1}, 1)
        assert run(world, dry_run=True).erased == {}
    assert world.case(second).erased_at is not None
    assert world.case(first).erased_at is None


def test_what_is_held_back_or_not_confirmed_uses_up_no_limit(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    held, free = closed(world, S.REJECTED, days=0), closed(world, S.REJECTED, days=400)
    place_hold(world.ports, reference(world, held), actor="sara", reason="court")
    unsure = closed(world, S.CANCELLED, days=4000)
    periods = retention_periods()
    sure = {
        status: each.model_copy(update={"needs_confirmation": status is S.CANCELLED})
        for status, each in periods.items()
    }
    order = {S.CANCELLED: sure.pop(S.CANCELLED), **sure}
    monkeypatch.setattr("infra.retaining.periods.retention_periods", lambda: order)
    done = run(world, include_unconfirmed=False, limit=1)
    assert (done.erased, done.unconfirmed) == ({S.REJECTED: 1}, {S.CANCELLED: 1})
    assert world.case(free).erased_at is not None
    assert world.case(unsure).erased_at is None


def test_no_more_are_begun_than_the_limit_says_even_when_none_succeeds(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = closed(world, S.REJECTED, days=0), closed(world, S.REJECTED, days=400)
    with stuck(world, first, monkeypatch):
        assert run(world, dry_run=True, limit=1).erased == {S.REJECTED: 1}
        done = run(world, limit=1)
        assert (done.erased, len(done.failed), len(world.rows(Erasure))) == ({}, 1, 1)
        assert run(world, limit=1).erased == {S.REJECTED: 1}
    assert world.case(second).erased_at is not None

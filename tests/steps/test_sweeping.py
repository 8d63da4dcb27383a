"""What a crash leaves in quarantine goes with the next `retain`: no row names it, and no erasure would find it."""

import os
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from infra.errors import DatabaseError, PermanentError, TransientError
from infra.intake.storing import in_quarantine
from infra.retaining import sweeping
from infra.retaining.periods import Retained, retain
from models.document import Document, quarantine_key
from tasks.retaining import sentence
from tests.world import World


def left_behind(world: World, *, age: timedelta, document_id: UUID | None = None) -> str:
    """A file whose submission died between the store and the commit, so long ago."""
    key = quarantine_key(document_id or uuid4())
    with pytest.raises(DatabaseError), in_quarantine(world.store, {key: b"a passport"}):
        raise DatabaseError("the connection was lost")
    written = (world.clock.at - age).timestamp()
    os.utime(world.store.root / key, (written, written))
    return key


def swept(world: World, *, dry_run: bool = False) -> Retained:
    return retain(world.ports, dry_run=dry_run)


def test_a_file_that_no_application_names_goes_after_a_day_and_the_named_ones_stay(world: World) -> None:
    world.submit()
    named = {each.quarantine_key for each in world.rows(Document)}
    for key in named:
        os.utime(world.store.root / key, (0, 0))
    old = left_behind(world, age=timedelta(hours=25))
    young = left_behind(world, age=timedelta(hours=23))
    counted = swept(world, dry_run=True)
    assert sentence(counted, dry_run=True).endswith("1 file(s) that no application names would be erased.")
    assert world.store.exists(old)
    done = swept(world)
    assert sentence(done, dry_run=False).endswith("1 file(s) that no application names erased.")
    assert set(world.store.keys("quarantine")) == named | {young}
    assert swept(world).swept == 0


def test_a_run_sweeps_so_many_and_the_next_run_the_others(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "AT_MOST", 2)
    for _ in range(3):
        left_behind(world, age=timedelta(days=2))
    assert [swept(world).swept for _ in range(3)] == [2, 1, 0]


def test_one_that_cannot_go_keeps_no_other_and_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = left_behind(world, age=timedelta(days=2), document_id=UUID(int=0))
    left_behind(world, age=timedelta(days=2))
    really = world.store.erase

    def erase(key: str) -> None:
        if key == stuck:
            raise PermanentError("the object store refuses: AccessDenied (403)")
        really(key)

    monkeypatch.setattr(world.store, "erase", erase)
    done = swept(world)
    assert (done.swept, world.store.keys("quarantine")) == (1, [stuck])
    assert done.failed == ["files that no application names: 1 could not be erased; the log says why"]


def test_a_store_that_is_away_is_told_and_ends_no_run(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(_prefix: str) -> list[str]:
        raise TransientError("the store does not answer")

    monkeypatch.setattr(world.store, "keys_beginning", away)
    assert swept(world).failed == ["files that no application names: the store does not answer"]

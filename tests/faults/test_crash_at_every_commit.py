"""A renewal from submission to receipt, in which one process dies at one commit and the same work is done again."""

import pytest

from infra.payments.due import LEASE
from tests.crashes import MOMENTS, CrashError, counted_commits, crash
from tests.tale import ACTS, Tale, assert_renewed_once
from tests.world import World

PLACES = [
    pytest.param(name, moment, nth, id=f"{name}-{moment}-{nth}")
    for name, _, commits in ACTS
    for nth in range(1, commits + 1)
    for moment in MOMENTS
]


@pytest.fixture
def tale(world: World) -> Tale:
    return Tale(world, world.draft())


def test_every_commit_of_the_tale_is_in_the_list(tale: Tale) -> None:
    counts = []
    for name, act, _ in ACTS:
        with counted_commits() as commits:
            act(tale)
        counts.append((name, len(commits)))
    assert counts == [(name, commits) for name, _, commits in ACTS]
    assert_renewed_once(tale)


@pytest.mark.parametrize(("place", "moment", "nth"), PLACES)
def test_renewal_is_done_once_whichever_commit_its_process_dies_at(
    tale: Tale, place: str, moment: str, nth: int
) -> None:
    for name, act, _ in ACTS:
        if name == place:
            with pytest.raises(CrashError), crash(moment, nth=nth):
                act(tale)
            tale.world.clock.advance(seconds=LEASE.total_seconds())  # what the dead had taken up is free again
        act(tale)
    assert_renewed_once(tale)

"""Row 13 of the fault matrix: the connection is cut in COMMIT, and nobody knows whether it was done."""

import pytest

from infra.errors import DatabaseError
from infra.payments.due import LEASE
from tests.cutting_proxy import CuttingProxy
from tests.tale import ACTS, Tale, assert_renewed_once
from tests.world import World

MOST = max(commits for _, _, commits in ACTS)


@pytest.mark.parametrize("delivered", [True, False], ids=["answer-lost", "commit-lost"])
@pytest.mark.parametrize("nth", range(1, MOST + 1))
def test_row_13_commit_whose_answer_never_comes_is_read_again_and_done_once(
    world_behind_proxy: World, database_proxy: CuttingProxy, nth: int, *, delivered: bool
) -> None:
    """In every act of a renewal the nth COMMIT loses its connection, and the act is done again.

    Over all n each COMMIT of the renewal is cut once, before PostgreSQL has it and after. Measured: one transition of
    each kind, one order, one attempt, one ledger entry, one receipt, every time.
    """
    world = world_behind_proxy
    tale, cut_in = Tale(world, world.draft()), set()
    for name, act, _ in ACTS:
        with database_proxy.cutting(b"COMMIT", nth=nth, delivered=delivered) as cut:
            try:
                act(tale)
            except DatabaseError:
                assert cut.done
        if cut.done:
            cut_in.add(name)
            world.clock.advance(seconds=LEASE.total_seconds())
            act(tale)
    assert_renewed_once(tale)
    assert cut_in == {name for name, _, commits in ACTS if commits >= nth}

"""Row 8 of the fault matrix: new code is deployed over cases that the old code left on their way."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.database import open_engine
from infra.schema import migrate
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from models.case import CASE, CaseStatus
from models.states import Party
from tests.histories.recording import FILE, Recording
from tests.histories.tales import carry_to_its_end
from tests.world import World, world_over

RECORDED = Recording.read()
KEPT = frozenset({CaseStatus.REJECTED, CaseStatus.CANCELLED})


@pytest.fixture(scope="module")
def deployed(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The recorded rows at the migration that they belong to, then brought to today's."""
    engine = open_engine(make_database(postgres_cluster, "histories"), pool_size=4)
    migrate(engine, to=RECORDED.revision)
    RECORDED.put_rows(postgres_cluster, "histories")
    migrate(engine)
    folder: Path = tmp_path_factory.mktemp("histories")
    with world_over(engine, folder) as world:
        RECORDED.put_outside(world)
        yield world


def test_row_08_every_status_that_a_case_can_have_is_recorded_in_a_small_file() -> None:
    """`make record-histories` writes the file again, from the code as it is: after a release, or for a new status."""
    assert set(RECORDED.statuses.values()) == {status.value for status in CaseStatus}
    assert FILE.stat().st_size < 400_000


@pytest.mark.parametrize("name", RECORDED.cases)
def test_row_08_case_that_older_code_left_on_its_way_is_carried_to_its_end(deployed: World, name: str) -> None:
    """Each stands where it stood, and ends as it should: with a receipt, or refused or cancelled as it was."""
    case_id = RECORDED.cases[name]
    before = deployed.status(case_id)
    assert before.value == RECORDED.statuses[name]
    after = carry_to_its_end(deployed, case_id)
    assert CASE.waits_on[after] is Party.NOBODY
    assert after is (before if before in KEPT else CaseStatus.COMPLETED)
    deployed.history(deployed.case(case_id))

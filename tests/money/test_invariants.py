"""I1 to I18 over the real adapter, database and sandbox, in a fixed budget; `make prove-money` runs long."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from infra.stack.postgres_cluster import Cluster
from tests.money.bed import Bed, open_bed
from tests.money.machine import MoneyMachine

BUDGET = settings(
    max_examples=16,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # the long run shrinks
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def bed(postgres_cluster: Cluster, business_engine: Engine, tmp_path: Path) -> Iterator[Bed]:
    with open_bed(postgres_cluster, business_engine, tmp_path) as made:
        yield made


def test_no_payment_is_lost_none_taken_twice_and_every_fil_explained(bed: Bed) -> None:
    class Machine(MoneyMachine):
        pass

    Machine.bed = bed
    run_state_machine_as_test(Machine, settings=BUDGET)

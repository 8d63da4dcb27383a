"""I1 to I18 over both real adapters, the database and the sandbox, in a fixed budget; `make prove-money` runs long."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine

from infra.stack.postgres_cluster import Cluster
from tests.money.bed import open_bed
from tests.money.machine import MoneyMachine
from tests.money.sides import SIDES

BUDGET = settings(
    max_examples=10,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # the long run shrinks
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("gateway", SIDES)
def test_no_payment_is_lost_none_taken_twice_and_every_fil_explained(
    postgres_cluster: Cluster, business_engine: Engine, tmp_path: Path, gateway: str
) -> None:
    with open_bed(postgres_cluster, business_engine, tmp_path, gateway=gateway) as bed:
        run_state_machine_as_test(type("Machine", (MoneyMachine,), {"bed": bed}), settings=BUDGET)

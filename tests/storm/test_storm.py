"""The whole stack, killed and stopped: small storms for CI; `make prove-healing` and `make soak` rage long."""

import time
from collections.abc import Iterator

import psycopg
import pytest
from sqlmodel import Session, col, select

from models.case import Case, CaseStatus
from models.outbox import OutboxMessage
from tests.stack_fixtures import private_places
from tests.storm.audit import audit
from tests.storm.bed import open_bed
from tests.storm.weather import Plan, Storm

pytestmark = pytest.mark.timeout(600)
PEACE = Plan(cases=0, apart=1_000_000)
PATIENCE = 120.0


@pytest.fixture(scope="module")
def storm() -> Iterator[Storm]:
    """One stack for all: what happened before is audited again with what follows."""
    with private_places() as places, open_bed(places) as bed:
        yield Storm(bed, seed=44)


def statuses(storm: Storm) -> set[CaseStatus]:
    with Session(storm.bed.ports.engine) as session:
        return set(session.exec(select(Case.status)))


def test_row_44_parts_are_killed_under_load_and_every_case_ends_where_it_should(storm: Storm) -> None:
    storm.rage(Plan(cases=16, at_once=2, apart=6, in_flight=8, ways=("kill",)))
    assert len(storm.strikes) >= 2
    assert audit(storm) == []


def test_row_9_cases_are_taken_in_while_prefect_is_down_and_carried_when_it_is_back(storm: Storm) -> None:
    storm.bed.strike("prefect", "stop", seconds=10)
    storm.admit(2)
    with Session(storm.bed.ports.engine) as session:
        waiting = session.exec(select(OutboxMessage).where(col(OutboxMessage.delivered_at).is_(None))).all()
    assert len(waiting) == 2
    storm.rage(PEACE)
    assert audit(storm) == []


def test_row_10_prefect_dies_in_the_middle_of_runs(storm: Storm) -> None:
    storm.admit(3)
    time.sleep(2)
    storm.bed.strike("prefect", "kill", seconds=0)
    storm.rage(PEACE)
    assert audit(storm) == []


def test_row_6_a_worker_that_slept_for_longer_than_its_life_changes_nothing_when_it_wakes(storm: Storm) -> None:
    storm.admit(4)
    time.sleep(2)
    for worker in ("worker", "worker-2"):
        storm.bed.strike(worker, "stop", seconds=20)
    storm.rage(PEACE)
    assert audit(storm) == []


def test_row_12_when_prefects_database_is_lost_every_open_case_gets_a_new_run(storm: Storm) -> None:
    storm.admit(3)
    end = time.monotonic() + PATIENCE
    while CaseStatus.AWAITING_PAYMENT not in statuses(storm):
        assert time.monotonic() < end, "no case came to its payer"
        time.sleep(0.2)
    prefect = storm.bed.stack.parts["prefect"].child
    storm.bed.strike("prefect", "kill", seconds=0)
    prefect.kill()
    url = prefect.command.environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"].replace("+asyncpg", "")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("drop schema public cascade")
        connection.execute("create schema public")
        connection.execute("create extension pg_trgm")
    storm.rage(PEACE)
    assert audit(storm) == []

"""Questions that anybody may put, and those of every round, are answered by an index, not by reading all payments."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, text

from infra.payments.claiming import claim
from infra.payments.due import settle_due
from models.case import CaseStatus
from tests.world import World

TABLES = {"payment_attempt", "payment_order", "gateway_evidence", "refund"}


@contextmanager
def whole_tables_read(world: World) -> Iterator[set[str]]:
    """Those that are read from end to end although that is made the dearest way."""
    engine, found = world.ports.engine, set[str]()

    def look(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "FROM" not in statement or statement.startswith("EXPLAIN") or not statement.startswith("SELECT"):
            return
        with engine.connect() as other:
            other.execute(text("set enable_seqscan = off"))
            plan = other.exec_driver_sql(f"EXPLAIN {statement}", parameters).scalars()  # type: ignore[arg-type]
            found.update(table for line in plan for table in TABLES if f"Seq Scan on {table}" in line)

    event.listen(engine, "before_cursor_execute", look)
    try:
        yield found
    finally:
        event.remove(engine, "before_cursor_execute", look)


@pytest.mark.parametrize("claimed", ["999999999999999", "CHG_X1"])
def test_claim_of_a_number_that_nobody_knows_reads_no_whole_table(world: World, claimed: str) -> None:
    world.at(CaseStatus.COMPLETED)
    with whole_tables_read(world) as found:
        claim(world.ports, claimed, actor="tester")
    assert found == set()


def test_round_of_settling_reads_no_whole_table(world: World) -> None:
    world.at(CaseStatus.COMPLETED)
    with whole_tables_read(world) as found:
        settle_due(world.ports)
    assert found == set()

"""What the database keeps for good, whoever asks: history, evidence, ledger, quotes, shares, issued receipts."""

from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from models.case import CaseStatus
from tests.world import World

TABLES = ("transition", "gateway_evidence", "ledger_entry", "fee_quote", "fee_line", "order_line")
STATEMENTS = {
    "update": "update {table} set created_at = now()",
    "delete": "delete from {table}",
    "truncate": "truncate {table} cascade",
}


@pytest.fixture
def finished(world: World) -> World:
    """A world in which every such table has rows."""
    world.at(CaseStatus.COMPLETED)
    return world


@pytest.mark.parametrize("verb", STATEMENTS)
def test_kept_rows_can_neither_be_changed_nor_taken_away(finished: World, verb: str) -> None:
    for table in TABLES:
        with pytest.raises(IntegrityError, match="append-only"):
            finished.sql(STATEMENTS[verb].format(table=table))


@pytest.mark.parametrize(
    "change",
    ["number = 'RC-2026-000002'", "amount_fils = 1", "sha256 = repeat('0', 64)", "issued_at = now()", "size = 1"],
)
def test_issued_receipt_never_changes(finished: World, change: str) -> None:
    with pytest.raises(IntegrityError, match=r"never changes|differs"):
        finished.sql(f"update receipt set {change}")  # noqa: S608 - the test's own words


def test_receipt_cannot_be_deleted(finished: World) -> None:
    with pytest.raises(IntegrityError, match="append-only"):
        finished.sql("delete from receipt")


def test_receipts_file_is_never_overwritten(finished: World) -> None:
    [key] = finished.store.keys("receipts")
    assert Path(key).name.endswith(".pdf")
    with pytest.raises(Exception, match="never overwritten"):
        finished.store.put(key, b"another", media_type="application/pdf")

"""The migrations make the tables of the models, all of them and nothing else, and can be taken back."""

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from shutil import copytree

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, Enum, text
from typer.testing import CliRunner

import models
from infra import schema
from infra.database import open_engine
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from manage import app
from tests.checkout import CHECKOUT

LEFT = """
select relname from pg_class join pg_namespace n on n.oid = relnamespace
where nspname = 'public' and relname not like 'alembic_version%'
union all
select proname from pg_proc join pg_namespace n on n.oid = pronamespace where nspname = 'public'
union all
select typname from pg_type join pg_namespace n on n.oid = typnamespace
where nspname = 'public' and typname not like '%alembic_version'
"""
CHECKS = """
select pg_get_constraintdef(c.oid) from pg_constraint c
join pg_attribute a on a.attrelid = c.conrelid and array[a.attnum] = c.conkey
where c.contype = 'c' and c.conrelid = cast(:table as regclass) and a.attname = :column
"""
ENUMS = [
    (table.name, column)
    for table in models.metadata.sorted_tables
    for column in table.columns
    if isinstance(column.type, Enum)
]


@pytest.fixture(scope="module")
def engine(postgres_cluster: Cluster) -> Iterator[Engine]:
    engine = open_engine(make_database(postgres_cluster, "migrations"), pool_size=2)
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(engine: Engine) -> Engine:
    schema.migrate(engine)
    return engine


def rows(engine: Engine, query: str, **values: str) -> list[str]:
    with engine.connect() as connection:
        return [str(value) for value in connection.execute(text(query), values).scalars()]


def test_there_is_one_head_and_one_line_to_it() -> None:
    config = Config()
    config.set_main_option("script_location", str(CHECKOUT / "infra" / "migrations"))
    script = ScriptDirectory.from_config(config)
    assert len(script.get_heads()) == len(script.get_bases()) == 1
    assert [revision.revision for revision in script.walk_revisions() if len(revision.nextrev) > 1] == []


def test_up_down_and_up_again_leaves_nothing_behind_and_lacks_nothing(engine: Engine) -> None:
    schema.migrate(engine)
    first = sorted(rows(engine, LEFT))
    schema.unmigrate(engine)
    assert rows(engine, LEFT) == []
    assert not schema.is_current(engine)
    schema.migrate(engine)
    assert sorted(rows(engine, LEFT)) == first
    assert schema.is_current(engine)


def test_tables_and_migrations_agree(migrated: Engine) -> None:
    assert schema.drift(migrated) == []


def test_migrating_twice_changes_nothing(migrated: Engine) -> None:
    before = rows(migrated, LEFT)
    schema.migrate(migrated)
    assert rows(migrated, LEFT) == before


def test_a_table_that_the_migrations_do_not_know_is_seen(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("alter table refund drop column reason"))
        connection.execute(text("create table stray (id int)"))
    try:
        found = " ".join(schema.drift(migrated))
        assert "reason" in found
        assert "stray" in found
    finally:
        with migrated.begin() as connection:
            connection.execute(text("drop table stray"))
        schema.unmigrate(migrated)


def test_a_value_of_an_enum_that_the_database_does_not_take_is_named(migrated: Engine) -> None:
    narrow = "alter table review_item add constraint ck_review_item_reviewkind check (kind in ('mismatch', 'lost'))"
    with migrated.begin() as connection:
        connection.execute(text("alter table review_item drop constraint ck_review_item_reviewkind"))
        connection.execute(text(narrow))
    try:
        [found] = schema.drift(migrated)
        assert found.startswith(
            "review_item: check ck_review_item_reviewkind: the database does not take cancelled_paid"
        )
        assert found.endswith("the database still takes lost")
    finally:
        schema.unmigrate(migrated)


def test_a_check_that_only_one_side_has_is_named(migrated: Engine) -> None:
    with migrated.begin() as connection:
        connection.execute(text("alter table refund drop constraint ck_refund_amount_positive"))
        connection.execute(text("alter table refund add constraint ck_refund_stray check (amount_fils > 7)"))
        connection.execute(text("alter table payment_order drop constraint ck_payment_order_amount_positive"))
        looser = "alter table payment_order add constraint ck_payment_order_amount_positive check (amount_fils > -1)"
        connection.execute(text(looser))
    try:
        order, missing, stray = schema.drift(migrated)
        assert "ck_payment_order_amount_positive" in order
        assert "> 0" in order
        assert "the database has no check ck_refund_amount_positive" in missing
        assert "ck_refund_stray" in stray
    finally:
        schema.unmigrate(migrated)


def test_a_new_migration_brings_the_checks_that_changed_and_takes_them_back(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another value, a check that one side lacks, and one that says something else; on a copy of the folder."""
    folder = copytree(CHECKOUT / "infra" / "migrations", tmp_path / "migrations")
    monkeypatch.setattr(schema, "_FOLDER", folder)
    schema.migrate(engine)
    changes = (
        "alter table review_item drop constraint ck_review_item_reviewkind",
        "alter table review_item add constraint ck_review_item_reviewkind check (kind in ('mismatch', 'lost'))",
        "alter table refund drop constraint ck_refund_amount_positive",
        "alter table refund add constraint ck_refund_stray check (amount_fils > 7)",
        "alter table payment_order drop constraint ck_payment_order_amount_positive",
        "alter table payment_order add constraint ck_payment_order_amount_positive check (amount_fils > -1)",
    )
    with engine.begin() as connection:
        for change in changes:
            connection.execute(text(change))
    before = schema.drift(engine)
    assert len(before) == 4
    try:
        written = schema.revise(engine, "more words")
        assert Path(written).is_relative_to(folder)
        schema.migrate(engine)
        assert schema.drift(engine) == []
        schema.unmigrate(engine, to="-1")
        assert schema.drift(engine) == before
    finally:
        schema.unmigrate(engine)


@pytest.mark.parametrize(("table", "column"), ENUMS, ids=lambda part: part if isinstance(part, str) else part.name)
def test_the_database_takes_exactly_the_values_of_the_enum(
    table: str, column: Column[StrEnum], migrated: Engine
) -> None:
    """Autogenerate does not compare CHECK constraints: a value added to an enum would be refused in earnest only."""
    assert isinstance(column.type, Enum)
    assert column.type.enum_class is not None
    (check,) = rows(migrated, CHECKS, table=table, column=column.name)
    assert set(re.findall(r"'([^']*)'", check)) == {member.value for member in column.type.enum_class}


def test_every_stored_status_is_checked() -> None:
    checked = {f"{table}.{column.name}" for table, column in ENUMS}
    assert {
        "renewal_case.status",
        "document.state",
        "payment_order.status",
        "payment_attempt.state",
        "refund.state",
    } <= checked


def test_a_new_migration_is_written_without_a_running_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    def revise(engine: Engine, message: str) -> str:
        assert schema.is_current(engine)
        return f"{message}.py"

    monkeypatch.delenv("RENEWAL_DATABASE_URL", raising=False)
    monkeypatch.setattr(schema, "revise", revise)
    result = CliRunner().invoke(app, ["migrate", "--message", "more words"])
    assert result.exit_code == 0, result.output
    assert "Written: more words.py" in result.output
    assert "--check" in result.output
